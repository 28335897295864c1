//! The columns of a table, by the line that names them.

/// Declares the columns that are read, with the names they have in log headers and, without hyphens, in exports of
/// PowerShell (`client-ip` is `ClientIp` there).
macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident = [$($name:literal),+]),+ $(,)?) => {
        /// A column that is read.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(in crate::parse) enum Column { $($(#[$doc])* $column),+ }

        const NAMES: &[(&str, Column)] = &[$($(($name, Column::$column)),+),+];
        const COUNT: usize = [$(Column::$column),+].len();
    };
}

columns! {
    /// When: one cell.
    DateTime = ["datetime", "timestamp", "received"],
    /// When, W3C: the date ...
    Date = ["date"],
    /// ... and the time of day.
    Time = ["time"],
    ConnectorId = ["connectorid"],
    SessionId = ["sessionid"],
    SequenceNumber = ["sequencenumber"],
    LocalEndpoint = ["localendpoint"],
    RemoteEndpoint = ["remoteendpoint"],
    Event = ["event"],
    Data = ["data"],
    Context = ["context"],
    ClientIp = ["clientip", "cip"],
    ClientHostname = ["clienthostname"],
    ServerIp = ["serverip", "sip"],
    ServerHostname = ["serverhostname", "scomputername"],
    SourceContext = ["sourcecontext"],
    Source = ["source"],
    EventId = ["eventid"],
    InternalMessageId = ["internalmessageid"],
    MessageId = ["messageid", "msgid"],
    NetworkMessageId = ["networkmessageid"],
    RecipientAddress = ["recipientaddress", "recipients", "recipient"],
    RecipientStatus = ["recipientstatus"],
    TotalBytes = ["totalbytes", "size"],
    RecipientCount = ["recipientcount", "numberrecipients"],
    RelatedRecipientAddress = ["relatedrecipientaddress"],
    Reference = ["reference"],
    Subject = ["messagesubject"],
    SenderAddress = ["senderaddress", "sender"],
    ReturnPath = ["returnpath", "p1fromaddress"],
    Directionality = ["directionality"],
    OriginalClientIp = ["originalclientip"],
    CustomData = ["customdata", "eventdata"],
    Username = ["csusername"],
    ServiceName = ["ssitename"],
    ServerPort = ["sport"],
    Method = ["csmethod"],
    Stem = ["csuristem"],
    Query = ["csuriquery"],
    Status = ["scstatus"],
    Version = ["csversion"],
    Agent = ["agent"],
    Action = ["action"],
    SmtpResponse = ["smtpresponse"],
    EnteredOrgFromIp = ["enteredorgfromip"],
    TraceStatus = ["status"],
    FromIp = ["fromip"],
    ToIp = ["toip"],
}

/// What kind of table it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::parse) enum Layout {
    /// An SMTP receive or send protocol log of Exchange.
    Protocol,
    /// Message tracking.
    Tracking,
    /// What transport agents did: connection filtering, sender filtering and the like.
    Agent,
    /// A message trace of Exchange Online, exported.
    Trace,
    /// W3C extended log of the IIS SMTP service.
    W3c,
}

/// More columns than any version has.
pub(super) const MAX_COLUMNS: usize = 64;
const ABSENT: u8 = u8::MAX;

/// Where each column stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::parse) struct Columns {
    separator: u8,
    count: usize,
    places: [u8; COUNT],
    layout: Layout,
}

impl Columns {
    /// The columns that `line` names: `#Fields: a,b,c`, `#Fields: a b c`, or a CSV header. `None` for any other line, and
    /// for tables of which nothing is known here.
    pub(super) fn of_header(line: &[u8]) -> Option<Self> {
        let line = line.trim_ascii();
        let names = match line.strip_prefix(b"#") {
            // Exchange 2003 names its columns in a comment.
            Some(directive) if directive.starts_with(b" Date\tTime\t") => directive.trim_ascii_start(),
            Some(directive) => directive.strip_prefix(b"Fields:")?.trim_ascii_start(),
            // A row without header begins with its time, and may hold whatever a client likes.
            None => Some(line)
                .filter(|line| !line.iter().find(|&&byte| byte != b'"').is_some_and(u8::is_ascii_digit))?,
        };
        // Whichever comes first stands between two names; `Export-Csv -UseCulture` separates by semicolons in half of Europe.
        let separator =
            names.iter().copied().find(|byte| matches!(byte, b',' | b';' | b'\t')).unwrap_or(b' ');
        Self::named(separator, names.split(|&byte| byte == separator))
    }

    /// Names may be quoted, as exports quote them.
    pub(super) fn named<'n>(separator: u8, names: impl Iterator<Item = &'n [u8]>) -> Option<Self> {
        let (mut places, mut count) = ([ABSENT; COUNT], 0);
        for name in names.take(MAX_COLUMNS) {
            let plain: Vec<u8> =
                name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
            let known = NAMES.iter().find(|(text, _)| text.as_bytes() == plain);
            if let Some(&(_, column)) = known
                && places[column as usize] == ABSENT
            {
                places[column as usize] = count as u8;
            }
            count += 1;
        }
        let has = |column: Column| places[column as usize] != ABSENT;
        let layout = if has(Column::SequenceNumber) && has(Column::Event) && has(Column::Data) {
            Layout::Protocol
        } else if has(Column::Agent) && has(Column::SmtpResponse) {
            Layout::Agent
        } else if has(Column::FromIp) && has(Column::TraceStatus) && has(Column::RecipientAddress) {
            Layout::Trace
        } else if has(Column::EventId) && has(Column::MessageId) {
            Layout::Tracking
        } else if has(Column::Method) && has(Column::ClientIp) {
            Layout::W3c
        } else {
            return None;
        };
        Some(Self { separator, count, places, layout })
    }

    /// The columns of a row whose header is missing, by the row itself.
    pub(super) fn guess(row: &[u8]) -> Option<Self> {
        if !row.first()?.is_ascii_digit() {
            return None;
        }
        let guesses = [
            (b',', TRACKING_2013),
            (b',', TRACKING_2010),
            (b',', PROTOCOL),
            (b'\t', TRACKING_2003),
            (b' ', W3C),
        ];
        guesses.into_iter().find_map(|(separator, names)| {
            let count = memchr::memchr_iter(separator, row).count() + 1;
            // Every row of Exchange since 2007 begins with its time in UTC.
            if count < names.split(',').count() || (separator == b',') != (row.get(10) == Some(&b'T')) {
                return None;
            }
            let columns = Self::named(separator, names.split(',').map(str::as_bytes))?;
            let cells = super::cells::Row::new(row, &columns);
            let fits = match columns.layout {
                Layout::Tracking if separator == b'\t' => {
                    cells.text(Column::EventId).iter().all(u8::is_ascii_digit)
                }
                Layout::W3c => cells.text(Column::Version) == b"SMTP",
                Layout::Tracking => {
                    let is_word = |cell: &[u8]| !cell.is_empty() && cell.iter().all(u8::is_ascii_uppercase);
                    let guid = cells.text(Column::NetworkMessageId);
                    let has_guid = guid.is_empty() || guid.len() == 36 && guid.get(8) == Some(&b'-');
                    is_word(cells.text(Column::Source)) && is_word(cells.text(Column::EventId)) && has_guid
                }
                _ => cells.text(Column::SequenceNumber).iter().all(u8::is_ascii_digit),
            };
            fits.then_some(columns)
        })
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn separator(&self) -> u8 {
        self.separator
    }

    /// How many cells a row should have.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The number of a column's cell.
    pub(super) fn place(&self, column: Column) -> Option<usize> {
        let place = self.places[column as usize];
        (place != ABSENT).then_some(usize::from(place))
    }
}

/// SMTP protocol logs, 2007 to Subscription Edition (Microsoft Learn, "Protocol logging").
const PROTOCOL: &str =
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context";
/// Message tracking of Exchange 2010 (Microsoft Learn, "Message tracking").
const TRACKING_2010: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,\
    connector-id,source,event-id,internal-message-id,message-id,recipient-address,recipient-status,total-bytes,\
    recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path,message-info,\
    directionality,tenant-id,original-client-ip,original-server-ip,custom-data";
/// Since Exchange 2013 with `network-message-id`; what later versions append changes nothing in front.
const TRACKING_2013: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,\
    connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,\
    recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,\
    sender-address,return-path,message-info,directionality,tenant-id,original-client-ip,original-server-ip,\
    custom-data,transport-traffic-type,log-id,schema-version";

/// Message tracking of Exchange 2000 and 2003 (Microsoft, "Message tracking log fields"), separated by tabs.
const TRACKING_2003: &str = "date,time,client-ip,client-hostname,partner-name,server-hostname,server-ip,\
    recipient-address,event-id,msgid,priority,recipient-report-status,total-bytes,number-recipients";
/// The IIS SMTP service with all columns chosen.
const W3C: &str = "date,time,c-ip,cs-username,s-sitename,s-computername,s-ip,s-port,cs-method,cs-uri-stem,\
    cs-uri-query,sc-status,sc-win32-status,sc-bytes,cs-bytes,time-taken,cs-version";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_columns_in_any_order_and_spelling() {
        let tracking = Columns::of_header(b"\"Timestamp\",\"EventId\",\"MessageId\",\"ClientIp\"").unwrap();
        assert_eq!((tracking.layout(), tracking.count()), (Layout::Tracking, 4));
        assert_eq!(tracking.place(Column::ClientIp), Some(3));
        assert_eq!(tracking.place(Column::Data), None);
        let w3c = Columns::of_header(b"#Fields: date time c-ip cs-method cs-uri-query\r").unwrap();
        assert_eq!((w3c.layout(), w3c.separator(), w3c.place(Column::Query)), (Layout::W3c, b' ', Some(4)));
        for other in ["#Software: x", "#Fields: a,b", "Name,DomainName", "2026-03-02,<messageid>,EventId", ""]
        {
            assert_eq!(Columns::of_header(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn a_row_without_header_is_known_by_itself() {
        let layout = |row: &str| Columns::guess(row.as_bytes()).map(|columns| columns.layout());
        let row = r"2026-01-02T03:04:05.678Z,EX1\Default EX1,08DC1DB8591B22A0,3,192.0.2.1:25,198.51.100.1:4,<,QUIT,";
        assert_eq!(layout(row), Some(Layout::Protocol));
        let row =
            "2026-01-02T03:04:05.678Z,,,,EX1,,,SMTP,RECEIVE,1,<a@b.example>,a@b.example,,1,1,,,x,,,,,,,,";
        assert_eq!(layout(row), Some(Layout::Tracking));
        assert_eq!(layout("Jan  2 03:04:05 mx1 a,b,c,d,e,f,g,h,i,j"), None);
    }
}
