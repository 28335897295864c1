use std::fs;
use std::thread;

use super::*;
use crate::model::{Alert, AlertState, EventTime, Evidence, Mta, News, Notice, Severity, Subject};

fn at(seconds: i64) -> EventTime {
    EventTime::from_seconds(2_000_000_000 + seconds)
}

fn alert(id: &str) -> Alert {
    Alert {
        id: id.to_owned(),
        detector: "open-relay".to_owned(),
        subject: Subject::account("jörg\u{202e}@harbour.example".as_bytes()),
        severity: Severity::Warning,
        state: AlertState::Firing,
        title: "title".to_owned(),
        summary: "\"quoted\" \\ 'and' \u{0}\u{1b}[31m".to_owned(),
        count: u64::MAX,
        first_seen: EventTime::from_micros(1_999_999_999_123_456),
        last_seen: at(0),
        started_at: at(-1),
        host: "mx1".to_owned(),
        mta: Mta::Exim,
        evidence: vec![Evidence {
            file: "mail.log".to_owned(),
            line: 7,
            offset: 700,
            text: "\u{fffd}\u{2028}\u{10ffff}\r\n</script> 日本".to_owned(),
        }],
        remedy: "remedy".to_owned(),
        related: vec!["other".to_owned()],
    }
}

fn entry(number: u64, dead: Option<&str>) -> Entry {
    let notice = Notice { id: format!("a.{number}"), news: News::Firing, time: at(0), alert: alert("a") };
    let dead = dead.map(str::to_owned);
    Entry {
        number,
        sink: "chat".to_owned(),
        group: "g\u{1f}h".to_owned(),
        notice,
        attempts: 3,
        due: at(9),
        dead,
    }
}

fn ids(service: &Service) -> Vec<u64> {
    service.silences().unwrap().iter().map(|silence| silence.id).collect()
}

fn silence(comment: &str) -> Silence {
    Silence {
        id: 0,
        detector: Some("open-relay".to_owned()),
        subject: None,
        host: None,
        until: at(60),
        comment: comment.to_owned(),
        created: at(0),
    }
}

/// Nothing to save.
fn nothing() -> Save<'static> {
    Save { start_afresh: false, parts: &[], alerts: &[], put: &[], deleted: &[], now: at(0) }
}

/// Every file in `folder` but the lock, with its contents.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let named = files.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read(path).unwrap())
    });
    named.filter(|(name, _)| name != "service.lock").collect()
}

#[test]
fn what_was_saved_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("deep/state");
    let mut service = Service::open(&folder).unwrap();
    assert_eq!(service.load().unwrap(), Saved::default());
    let (alerts, put) =
        ([alert("a"), alert("b")], [entry(0, None), entry(7, Some("refused")), entry(9, None)]);
    let parts: [(&str, &[u8]); 2] = [("alerts", b"\0\xff"), ("empty", b"")];
    service.save(&Save { parts: &parts, alerts: &alerts, put: &put, ..nothing() }).unwrap();
    let id = service.add_silence(&silence("scan")).unwrap();
    drop(service);
    let mut service = Service::open(&folder).unwrap();
    let saved = service.load().unwrap();
    assert_eq!(saved.parts["alerts"], b"\0\xff");
    assert_eq!((saved.parts.len(), &saved.entries[..]), (2, &put[..]));
    assert_eq!(saved.silences, [Silence { id, ..silence("scan") }]);
    assert_eq!(service.alerts(&Filter::default()).unwrap(), alerts);
    assert_eq!(service.waiting(100).unwrap(), [entry(0, None), entry(9, None)]);
    assert_eq!(service.dead(100).unwrap(), [entry(7, Some("refused"))]);

    let later = [Entry { attempts: 4, ..entry(0, None) }];
    let parts: [(&str, &[u8]); 1] = [("alerts", b"new")];
    service
        .save(&Save { start_afresh: true, parts: &parts, put: &later, deleted: &[9, 10], ..nothing() })
        .unwrap();
    let saved = service.load().unwrap();
    assert_eq!(saved.parts, BTreeMap::from([("alerts".to_owned(), b"new".to_vec())]));
    assert_eq!(saved.entries, [later[0].clone(), entry(7, Some("refused"))]);
}

#[cfg(unix)]
#[test]
fn others_cannot_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("state");
    let mut service = Service::open(&folder).unwrap();
    service.save(&Save { alerts: &[alert("a")], ..nothing() }).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder) & 0o027, 0);
    for name in ["service.db", "service.db-wal", "service.db-shm", "service.lock"] {
        assert_eq!(mode(&folder.join(name)) & 0o137, 0, "{name}");
    }
}

#[test]
fn what_is_half_written_when_the_process_dies_was_never_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::open(folder.path()).unwrap();
    service.save(&Save { parts: &[("positions", b"1")], put: &[entry(1, None)], ..nothing() }).unwrap();
    let transaction = service.connection.transaction().unwrap();
    let half = Save { parts: &[("positions", b"2")], deleted: &[1], alerts: &[alert("a")], ..nothing() };
    save::write(&transaction, &half).unwrap();
    // As it is on the disk at that moment.
    let copy = tempfile::tempdir().unwrap();
    for (name, bytes) in files(folder.path()) {
        fs::write(copy.path().join(name), bytes).unwrap();
    }
    drop(transaction);
    for service in [service, Service::open(copy.path()).unwrap()] {
        let saved = service.load().unwrap();
        assert_eq!((&saved.parts["positions"][..], saved.entries.len()), (&b"1"[..], 1));
        assert_eq!(service.alerts(&Filter::default()).unwrap(), []);
    }
}

#[test]
fn one_process_owns_it_and_others_look_and_ask() {
    let folder = tempfile::tempdir().unwrap();
    let absent = Service::look(folder.path()).unwrap_err().to_string();
    assert!(absent.starts_with("there is no state in ") && absent.contains("relaywatch monitor"), "{absent}");
    let mut owner = Service::open(folder.path()).unwrap();
    let second = Service::open(folder.path()).unwrap_err();
    assert!(matches!(second, Error::Locked { .. }));
    assert!(
        second.to_string().starts_with("another relaywatch monitor works with the state in "),
        "{second}"
    );

    let mut other = Service::look(folder.path()).unwrap();
    assert!(owner.changed_by_others().unwrap());
    assert!(!owner.changed_by_others().unwrap());
    owner.save(&Save { alerts: &[alert("a")], ..nothing() }).unwrap();
    assert!(!owner.changed_by_others().unwrap(), "its own changes are none");
    assert_eq!(other.alerts(&Filter::default()).unwrap(), [alert("a")]);
    let first = other.add_silence(&silence("one")).unwrap();
    assert!(other.remove_silence(first).unwrap() && !other.remove_silence(first).unwrap());
    let second = other.add_silence(&silence("two")).unwrap();
    assert!(second > first, "a number is never given twice");
    assert!(owner.changed_by_others().unwrap());
    assert_eq!(owner.silences().unwrap(), [Silence { id: second, ..silence("two") }]);

    // It ended at the 60th second: a new one a month later does not make it forgotten, one a little later does.
    let month = 30 * 86_400;
    let later = |seconds: i64| Silence { created: at(seconds), until: at(seconds + 60), ..silence("later") };
    let third = other.add_silence(&later(60 + month)).unwrap();
    assert_eq!(ids(&owner), [second, third]);
    let fourth = other.add_silence(&later(61 + month)).unwrap();
    assert_eq!(ids(&owner), [third, fourth]);

    assert_eq!(owner.take_requests().unwrap(), None);
    other.request_retry(&Retry::Numbers(vec![7, 3])).unwrap();
    other.request_retry(&Retry::Numbers(vec![7])).unwrap();
    assert_eq!(owner.take_requests().unwrap(), Some(Retry::Numbers(vec![3, 7])));
    other.request_retry(&Retry::Numbers(vec![1])).unwrap();
    other.request_retry(&Retry::All).unwrap();
    assert_eq!(owner.take_requests().unwrap(), Some(Retry::All));
    assert_eq!(owner.take_requests().unwrap(), None);
    drop(owner);
    Service::open(folder.path()).unwrap();
}

#[test]
fn what_a_newer_program_wrote_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::open(folder.path()).unwrap();
    service.connection.pragma_update(None, "user_version", schema::SERVICE.version() + 1).unwrap();
    drop(service);
    let before = files(folder.path());
    for error in [Service::open(folder.path()).unwrap_err(), Service::look(folder.path()).unwrap_err()] {
        let text = error.to_string();
        assert!(matches!(error, Error::Newer { .. }), "{text}");
        assert!(text.contains("use that one, or move the file away to start afresh"), "{text}");
    }
    assert_eq!(files(folder.path()), before);
}

#[test]
fn what_is_not_ours_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("service.db");
    let garbage = vec![b'x'; 5000];
    fs::write(&path, &garbage).unwrap();
    for error in [Service::open(folder.path()).unwrap_err(), Service::look(folder.path()).unwrap_err()] {
        assert!(matches!(error, Error::Foreign { .. }), "{error}");
    }
    assert_eq!(files(folder.path()), BTreeMap::from([("service.db".to_owned(), garbage)]));

    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
    let before = files(folder.path());
    let error = Service::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("is no state of relaywatch"), "{error}");
    assert_eq!(files(folder.path()), before);
}

#[test]
fn damage_is_told_and_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::open(folder.path()).unwrap();
    let put: Vec<Entry> = (0..200).map(|number| entry(number, None)).collect();
    service.save(&Save { put: &put, ..nothing() }).unwrap();
    drop(service);
    let path = folder.path().join("service.db");
    let mut bytes = fs::read(&path).unwrap();
    // All pages but the first, which says what it is.
    bytes[4096..].fill(0xaa);
    fs::write(&path, &bytes).unwrap();
    let error = Service::open(folder.path()).and_then(|service| service.load()).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("start afresh"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_full_disk_is_told_and_what_was_saved_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::open(folder.path()).unwrap();
    service.save(&Save { parts: &[("positions", b"1")], ..nothing() }).unwrap();
    let pages: i64 = service.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    service.connection.pragma_update(None, "max_page_count", pages + 2).unwrap();
    let much = vec![0_u8; 1 << 20];
    let error =
        service.save(&Save { parts: &[("positions", b"2"), ("much", &much)], ..nothing() }).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert!(error.to_string().starts_with("no space is left for "), "{error}");
    assert_eq!(service.load().unwrap().parts, BTreeMap::from([("positions".to_owned(), b"1".to_vec())]));
    service.connection.pragma_update(None, "max_page_count", 1 << 20).unwrap();
    service.save(&Save { parts: &[("positions", b"3"), ("much", &much)], ..nothing() }).unwrap();
    assert_eq!(service.load().unwrap().parts.len(), 2);
}

#[test]
fn errors_of_the_system_say_what_to_do() {
    use std::io::{Error as Io, ErrorKind};
    let path = Path::new("/state");
    assert!(matches!(Error::io(path, Io::from(ErrorKind::StorageFull)), Error::Full { .. }));
    let error = Error::io(path, Io::from(ErrorKind::PermissionDenied)).to_string();
    assert!(
        error.starts_with("/state may not be read and written") && error.contains("name a folder"),
        "{error}"
    );
}

#[test]
fn those_who_look_see_all_of_a_save_or_nothing_while_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut owner = Service::open(folder.path()).unwrap();
    let rounds = 50_u64;
    thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for round in 1..=rounds {
                let text = round.to_string();
                let parts: [(&str, &[u8]); 2] = [("a", text.as_bytes()), ("b", text.as_bytes())];
                let put = [entry(round, None)];
                owner.save(&Save { parts: &parts, put: &put, deleted: &[round - 1], ..nothing() }).unwrap();
            }
        });
        let reader = Service::look(folder.path()).unwrap();
        while !writer.is_finished() {
            let parts = reader.load().unwrap().parts;
            assert_eq!(parts.get("a"), parts.get("b"));
            reader.add_silence(&silence("meanwhile")).unwrap();
        }
        writer.join().unwrap();
        let saved = reader.load().unwrap();
        assert_eq!((saved.parts["a"].clone(), saved.entries.len()), (rounds.to_string().into_bytes(), 1));
    });
}

#[test]
fn alerts_are_filtered_and_old_ones_give_way() {
    let folder = tempfile::tempdir().unwrap();
    let mut service = Service::open(folder.path()).unwrap();
    let over = |id: &str, days: i64| Alert {
        state: AlertState::Resolved,
        last_seen: at(-days * 86_400),
        detector: "protocol-abuse".to_owned(),
        ..alert(id)
    };
    let old = Alert { last_seen: at(-100 * 86_400), severity: Severity::Critical, ..alert("old but firing") };
    service
        .save(&Save { alerts: &[over("new", 89), over("old", 91), old, alert("now")], ..nothing() })
        .unwrap();
    let ids = |filter: Filter| -> Vec<String> {
        service.alerts(&filter).unwrap().into_iter().map(|alert| alert.id).collect()
    };
    assert_eq!(ids(Filter::default()), ["old but firing", "now", "new"]);
    assert_eq!(ids(Filter { state: Some(AlertState::Resolved), ..Filter::default() }), ["new"]);
    assert_eq!(
        ids(Filter { min_severity: Some(Severity::Critical), ..Filter::default() }),
        ["old but firing"]
    );
    assert_eq!(ids(Filter { detector: Some("protocol-abuse".to_owned()), ..Filter::default() }), ["new"]);
    assert_eq!(ids(Filter { since: Some(at(-3600)), ..Filter::default() }), ["now"]);
    assert_eq!(ids(Filter { most: Some(2), ..Filter::default() }).len(), 2);
}
