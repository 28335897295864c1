use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::model::{
    About, Conduct, EventTime, Hourly, KnownAccount, KnownIntermediary, KnownSource, Measure, Network,
    Normal, Subject, Verb,
};

fn ruling(verb: Verb, about: &str) -> Ruling {
    Ruling { verb, about: about.parse().unwrap() }
}

fn source(ip: &str) -> KnownSource {
    KnownSource { ip: ip.parse().unwrap(), last_seen: EventTime::from_seconds(7), is_approved: false }
}

fn some() -> Learned {
    let hours = vec![Hourly::new(3), Hourly::default(), Hourly::new(9).excluded()];
    Learned {
        sources: vec![source("192.0.2.7"), source("2001:db8::7")],
        accounts: vec![KnownAccount {
            name: "ann@harbour.example".to_owned(),
            networks: ["198.51.100.7", "2001:db8::1"].map(|ip| Network::of(ip.parse().unwrap())).to_vec(),
            last_seen: EventTime::from_micros(-1),
        }],
        intermediaries: vec![KnownIntermediary {
            network: Network::of("203.0.113.7".parse().unwrap()),
            last_seen: EventTime::from_seconds(9),
            conduct: Conduct { days: 6, is_known: true, last_day: (20_458, true), ..Conduct::default() },
        }],
        normals: vec![Normal { measure: Measure::Denials, subject: Subject::site(), begins: 490_992, hours }],
    }
}

#[test]
fn what_is_said_is_heard_and_let_go_of_only_then() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Stored::look(folder.path()).unwrap().is_none(), "looking makes nothing");
    let learning = Learning::begin(folder.path()).unwrap();
    assert_eq!(learning.load().unwrap(), Known::default());
    learning.save(&some()).unwrap();

    let other = Stored::look(folder.path()).unwrap().unwrap();
    other.rule(&ruling(Verb::Approve, "192.0.2.7")).unwrap();
    other.rule(&ruling(Verb::Forget, "192.0.2.7")).unwrap();
    other.rule(&ruling(Verb::Forget, "ann@harbour.example")).unwrap();
    other.rule(&ruling(Verb::Approve, "192.0.2.7")).unwrap();
    let heard = learning.rulings().unwrap();
    let texts: Vec<String> =
        heard.all.iter().map(|ruling| format!("{} {}", ruling.verb.name(), ruling.about)).collect();
    assert_eq!(texts, ["forget 192.0.2.7", "forget ann@harbour.example", "approve 192.0.2.7"]);
    // What is said while the learner makes it true is heard the next time.
    other.rule(&ruling(Verb::Forget, "2001:db8::7")).unwrap();
    let known = other.load().unwrap();
    assert_eq!(known.learned, some(), "nobody but the learner changes it");
    let ruled = known.ruled();
    assert_eq!((ruled.sources.len(), ruled.sources[0].is_approved, ruled.accounts.len()), (1, true, 0));
    learning.save(&some()).unwrap();
    learning.settle(&heard).unwrap();
    assert_eq!(learning.rulings().unwrap().all, [ruling(Verb::Forget, "2001:db8::7")]);
}

#[test]
fn one_process_learns() {
    let folder = tempfile::tempdir().unwrap();
    let learning = Learning::begin(folder.path()).unwrap();
    let second = Learning::begin(folder.path()).unwrap_err();
    assert!(second.to_string().starts_with("another relaywatch learns in "), "{second}");
    drop(learning);
    Learning::begin(folder.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn others_cannot_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    Learning::begin(folder.path()).unwrap().save(&some()).unwrap();
    let mode = fs::metadata(folder.path().join(DATABASE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o137, 0);
}

#[test]
fn a_file_that_was_deleted_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let learning = Learning::begin(folder.path()).unwrap();
    learning.save(&some()).unwrap();
    fs::remove_file(folder.path().join(DATABASE)).unwrap();
    learning.save(&some()).unwrap();
    assert_eq!(
        Stored::look(folder.path()).unwrap().unwrap().load().unwrap().learned.accounts,
        some().accounts
    );
}

/// What whoever learns and whoever looks say of the file, which must stay as it is.
fn refused(folder: &Path) -> Vec<String> {
    let path = folder.join(DATABASE);
    let before = fs::read(&path).unwrap();
    let learning = Learning::begin(folder).unwrap();
    let looked = || Stored::look(folder)?.unwrap().load().map(drop);
    let errors = [learning.load().map(drop), learning.save(&some()), looked()];
    let errors = errors.map(|result| result.unwrap_err().to_string()).to_vec();
    assert_eq!(fs::read(&path).unwrap(), before);
    for error in &errors {
        assert!(
            error.contains(path.to_str().unwrap()) && error.ends_with("without it, learning begins anew"),
            "{error}"
        );
    }
    errors
}

#[test]
fn what_cannot_be_used_is_told_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(DATABASE);
    fs::write(&path, vec![b'x'; 5000]).unwrap();
    assert!(refused(folder.path())[0].contains("is no state of relaywatch"));

    fs::remove_file(&path).unwrap();
    drop(super::super::Service::open(folder.path()).unwrap());
    fs::copy(folder.path().join("service.db"), &path).unwrap();
    assert!(refused(folder.path())[0].contains("is no state of relaywatch"), "it is ours, but another one");

    fs::remove_file(&path).unwrap();
    Learning::begin(folder.path()).unwrap().save(&some()).unwrap();
    let newer = LEARNED.version() + 1;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", newer).unwrap();
    assert!(refused(folder.path())[0].contains("was written by a newer relaywatch"));
}

#[test]
fn damage_is_told() {
    let change = |sql: &str| {
        let folder = tempfile::tempdir().unwrap();
        let learning = Learning::begin(folder.path()).unwrap();
        learning.save(&some()).unwrap();
        Connection::open(folder.path().join(DATABASE)).unwrap().execute_batch(sql).unwrap();
        learning.load().unwrap_err().to_string()
    };
    for sql in [
        "UPDATE normals SET hours = x'01ff'",
        "UPDATE normals SET measure = 'wishes'",
        "UPDATE normals SET hours = 7",
        "UPDATE sources SET ip = 'everywhere' WHERE ip = '192.0.2.7'",
        "UPDATE accounts SET networks = 'home'",
        "UPDATE intermediaries SET network = 'elsewhere'",
        "UPDATE intermediaries SET conduct = x'01ff'",
        "INSERT INTO rulings (verb, about) VALUES ('praise', 'site')",
    ] {
        let error = change(sql);
        assert!(error.contains("is damaged") && error.contains("learning begins anew"), "{sql}: {error}");
    }
}

/// Makes of the file one as version 1 wrote it.
fn as_version_1(folder: &Path) {
    let connection = Connection::open(folder.join(DATABASE)).unwrap();
    connection.execute_batch("DROP TABLE intermediaries; PRAGMA user_version = 1;").unwrap();
}

#[test]
fn what_an_older_version_wrote_is_read_by_all_and_made_new_by_who_learns() {
    let folder = tempfile::tempdir().unwrap();
    Learning::begin(folder.path()).unwrap().save(&some()).unwrap();
    as_version_1(folder.path());
    let stored = Stored::look(folder.path()).unwrap().unwrap();
    let known = Learned { intermediaries: Vec::new(), ..some() };
    assert_eq!(stored.load().unwrap().learned, known, "looking changes nothing");
    stored.rule(&ruling(Verb::Forget, "2001:db8::7")).unwrap();
    let learning = Learning::begin(folder.path()).unwrap();
    let Known { learned, rulings } = learning.load().unwrap();
    assert_eq!((&learned, rulings.all.len()), (&known, 1));
    learning.save(&some()).unwrap();
    assert_eq!(stored.load().unwrap().learned, some());
}

fn anything() -> impl Strategy<Value = Learned> {
    let ip = prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)];
    let time = any::<i64>().prop_map(EventTime::from_micros);
    let source = (ip.clone(), time.clone(), any::<bool>())
        .prop_map(|(ip, last_seen, is_approved)| KnownSource { ip, last_seen, is_approved });
    let hour = (0..300_u64, any::<bool>()).prop_map(|(count, is_excluded)| {
        if is_excluded { Hourly::new(count).excluded() } else { Hourly::new(count) }
    });
    let normal = (0..Measure::ALL.len(), any::<String>(), any::<i64>(), prop::collection::vec(hour, 0..40))
        .prop_map(|(measure, name, begins, hours)| Normal {
            measure: Measure::ALL[measure],
            subject: Subject::domain(name.as_bytes()),
            begins,
            hours,
        });
    let conduct = (any::<i64>(), any::<u32>(), any::<(i64, bool)>(), any::<Vec<u64>>(), any::<bool>())
        .prop_map(|(since, days, last_day, hashes, is_known)| {
            let mut conduct = Conduct { since, days, last_day, is_known, ..Conduct::default() };
            for (&first, &last) in hashes.iter().zip(hashes.iter().rev()) {
                conduct.senders.see(first);
                conduct.recipients.see(last);
            }
            conduct
        });
    let intermediary = (ip.clone(), time.clone(), conduct).prop_map(|(ip, last_seen, conduct)| {
        KnownIntermediary { network: Network::of(ip), last_seen, conduct }
    });
    let networks = prop::collection::vec(ip.prop_map(Network::of), 0..4);
    let account = (any::<String>(), networks, time).prop_map(|(name, networks, last_seen)| KnownAccount {
        name,
        networks,
        last_seen,
    });
    let lists = (
        prop::collection::vec(source, 0..4),
        prop::collection::vec(account, 0..4),
        prop::collection::vec(intermediary, 0..4),
        prop::collection::vec(normal, 0..4),
    );
    lists.prop_map(|(mut sources, mut accounts, mut intermediaries, mut normals)| {
        // Each stands there once, in the order of the tables.
        sources.sort_by_key(|source| source.ip.to_string());
        sources.dedup_by_key(|source| source.ip);
        accounts.sort_by(|one, other| one.name.cmp(&other.name));
        accounts.dedup_by(|one, other| one.name == other.name);
        intermediaries.sort_by_key(|known| known.network.first().to_string());
        intermediaries.dedup_by_key(|known| known.network);
        let key = |normal: &Normal| (normal.measure.name(), normal.subject.value.clone());
        normals.sort_by_key(key);
        normals.dedup_by_key(|normal| key(normal));
        Learned { sources, accounts, intermediaries, normals }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_is_saved_is_loaded(first in anything(), second in anything()) {
        let folder = tempfile::tempdir().unwrap();
        let learning = Learning::begin(folder.path()).unwrap();
        learning.save(&first).unwrap();
        prop_assert_eq!(&learning.load().unwrap().learned, &first);
        learning.save(&second).unwrap();
        prop_assert_eq!(learning.load().unwrap().learned, second);
    }

    #[test]
    fn whoever_is_meant_is_meant_when_it_is_read_again(text in "[^\\p{Cc}/]{1,40}") {
        let about: About = text.parse().unwrap();
        prop_assert_eq!(about.to_string().parse::<About>().unwrap(), about);
    }
}
