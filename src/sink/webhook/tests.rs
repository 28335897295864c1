use super::super::Settings;

#[derive(serde::Deserialize)]
struct File {
    sink: Vec<Settings>,
}

fn parse(keys: &str) -> Result<Settings, String> {
    let text = format!("[[sink]]\nname = \"chat\"\ntype = \"webhook\"\n{keys}\n");
    let file: Result<File, _> = toml::from_str(&text);
    file.map(|mut file| file.sink.remove(0)).map_err(|error| error.message().to_owned())
}

#[test]
fn mistakes_are_told_with_what_to_write() {
    let url = "url = \"https://chat.example/x\"";
    for (keys, hint) in [
        (String::new(), "needs `url`, like url = \"https://"),
        ("url = \"chat.example/x\"".to_owned(), "is no address; write one like https://"),
        ("url = \"ftp://chat.example/x\"".to_owned(), "must begin with http:// or https://"),
        ("url = \"https://me:pw@chat.example/x\"".to_owned(), "headers = { authorization"),
        (format!("{url}\nbody = \"template\""), "needs `template`"),
        (format!("{url}\ntemplate = \"x\""), "needs body = \"template\""),
        (format!("{url}\nbody = \"template\"\ntemplate = '{{\"a\": \"{{{{b}}}}\"}}'"), "possible: title"),
        (format!("{url}\ncontent_type = \"text/plain\""), "body = \"template\" only"),
        (format!("{url}\nbody = \"slack\"\nsecrets = [{{ env = \"K\" }}]"), "checks none"),
        (format!("{url}\nsecrets = [\"whsec_abc\"]"), "{ file = \"/path\" }"),
        (format!("{url}\nheaders = {{ Webhook-Id = \"1\" }}"), "relaywatch sets it"),
        (format!("{url}\nheaders = {{ \"a b\" = \"1\" }}"), "no name of a header"),
        (format!("{url}\nheaders = {{ a = \"b\\nc\" }}"), "no header may have"),
        (format!("{url}\nproxy = \"socks5://p.example\""), "http://proxy.example.com:3128"),
        (format!("{url}\nclient_key = \"/key\""), "needs `client_certificate`"),
        (format!("{url}\nca_file = \"ca.pem\""), "from the root"),
        (format!("{url}\ntimeout = \"0s\""), "from 1s to 5m"),
        (
            format!("{url}\npath = \"/x\""),
            "`path` is a key of syslog, file; a sink of type webhook has `url`",
        ),
        (format!("{url}\nurll = 1"), "unknown field `urll`"),
    ] {
        let message = parse(&keys).unwrap_err();
        assert!(message.contains(hint), "{keys}\n{message}");
    }
}

#[test]
fn nothing_secret_is_described_or_debugged() {
    let settings = parse(
        "url = \"http://chat.example/hunter2/x?token=hunter2\"\nheaders = { authorization = \"hunter2\" }\n\
         proxy = \"http://me:hunter2@proxy.example:3128\"",
    )
    .unwrap();
    assert_eq!(settings.describe(), "webhook http://chat.example/… (standard)");
    let sink = settings.open().unwrap();
    for text in [format!("{settings:?}"), format!("{sink:?}"), settings.warnings().join("")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(settings.warnings()[0].contains("http://chat.example/… in the clear; use https"));
    assert_eq!(
        parse("url = \"https://chat.example\"").unwrap().describe(),
        "webhook https://chat.example/ (standard)"
    );
    let kept = parse("url = { env = \"CHAT_URL\" }").unwrap();
    assert_eq!(kept.describe(), "webhook address in environment variable CHAT_URL (standard)");
    assert!(kept.open().unwrap_err().to_string().contains("CHAT_URL is not set"));
    assert_eq!(parse("url = \"http://[::1]:9/x\"").unwrap().warnings(), [""; 0]);
}
