//! Remedies for Exchange (Microsoft Learn, "Allow anonymous relay on Exchange servers").

pub(super) const OPEN_RELAY: &str = "Look which receive connector lets anonymous sessions send to any recipient:\n  Get-ReceiveConnector | \
     Get-ADPermission -User 'NT AUTHORITY\\ANONYMOUS LOGON' |\n    where {$_.ExtendedRights -like \
     'ms-Exch-SMTP-Accept-Any-Recipient'} | ft Identity, ExtendedRights\nTake the right from it:\n  Get-ReceiveConnector \
     'SERVER\\Name' | Remove-ADPermission -User 'NT AUTHORITY\\ANONYMOUS LOGON'\n    -ExtendedRights \
     ms-Exch-SMTP-Accept-Any-Recipient\nWhere devices of yours need it, give it to a connector of their own whose \
     RemoteIPRanges hold their addresses and no others:\n  Set-ReceiveConnector 'SERVER\\Relay' -RemoteIPRanges \
     192.0.2.10,192.0.2.11\nThen see what still waits in the queues:\n  Get-Queue; Get-Message";

pub(super) const OWN_CONFIGURATION: &str = "Exchange itself can say it: put these into a folder, and name the folder in [site] \
     exchange_config:\n  Get-AcceptedDomain | ConvertTo-Json > domains.json\n  Get-ReceiveConnector | ConvertTo-Json > \
     connectors.json\n  Get-ReceiveConnector | Get-ADPermission | where {$_.ExtendedRights} |\n    select \
     Identity,User,ExtendedRights,Deny | ConvertTo-Json > rights.json";

pub(super) const BRUTE_FORCE: &str = "Look which receive connectors offer logins to the world, and take BasicAuth from those that no \
     user's mail program needs:\n  Get-ReceiveConnector | ft Identity, Bindings, AuthMechanism, RemoteIPRanges\nMake every \
     wrong answer slow there, and let accounts lock (Account lockout threshold in the domain's policy):\n  \
     Set-ReceiveConnector 'SERVER\\Name' -TarpitInterval 00:00:10\n  Get-ADDefaultDomainPasswordPolicy | fl Lockout*";

pub(super) const COMPROMISED_ACCOUNT: &str = "Then see what waits in the queues, and remove what it sent (here for \
     bob@example.org):\n  Get-Message -Filter \"FromAddress -eq 'bob@example.org'\"\n  Remove-Message -Filter \
     \"FromAddress -eq 'bob@example.org'\" -WithNDR $false\nLook for rules and forwarding that the intruder left:\n  \
     Get-InboxRule -Mailbox bob\n  Get-Mailbox bob | Format-List Forwarding*\nLimit what one account may send: \
     Set-ThrottlingPolicy -RecipientRateLimit.";

pub(super) const GATEWAY: &str = "That is RemoteIPRanges of the receive connector that lets it relay:\n  \
     Get-ReceiveConnector | Format-List Name,RemoteIPRanges,PermissionGroups";

pub(super) const SENDING: &str = "See who sends, what waits, and suspend what must not go out:\n  Get-MessageTrackingLog -EventId \
     SENDEXTERNAL -Start (Get-Date).AddHours(-4) -ResultSize Unlimited |\n    group Sender | sort Count -Descending | select -First \
     20 Count, Name\n  Get-Queue; Suspend-Message -Filter {FromAddress -eq 'SENDER'}\nBound what one mailbox may send, by a \
     policy of its own:\n  New-ThrottlingPolicy Sending -RecipientRateLimit 500 -MessageRateLimit 30\n  \
     Set-ThrottlingPolicyAssociation 'MAILBOX' -ThrottlingPolicy Sending";

pub(super) const WAITING: &str = "See what waits and why; once the cause is gone, have it tried again:\n  Get-Queue | fl \
     Identity, MessageCount, LastError\n  Retry-Queue -Filter {Status -eq 'Retry'}";

pub(super) const BACKSCATTER: &str = "Refuse unknown recipients while the client waits. On a mailbox server install the antispam \
     agents first (Install-AntispamAgents.ps1 in $env:ExchangeInstallPath\\Scripts), on an edge server they are there:\n  \
     Set-RecipientFilterConfig -Enabled $true -RecipientValidationEnabled $true\n  Set-AcceptedDomain 'NAME' \
     -AddressBookEnabled $true";

pub(super) const HARVEST: &str = "Look which receive connectors face the world, and make every refusal slow there:\n  \
     Get-ReceiveConnector | ft Identity, Bindings, TarpitInterval, MaxProtocolErrors\n  Set-ReceiveConnector 'SERVER\\Name' \
     -TarpitInterval 00:00:10 -MaxProtocolErrors 5\nOn an Edge server, unknown recipients are refused in the session if:\n  \
     Set-RecipientFilterConfig -RecipientValidationEnabled $true";

pub(super) const PROTOCOL_ABUSE: &str = "Let the connectors that face the world hang up earlier:\n  Get-ReceiveConnector | ft Identity, \
     Bindings, MaxProtocolErrors\n  Set-ReceiveConnector 'SERVER\\Name' -MaxProtocolErrors 2";

pub(super) const FORGED_OUTSIDE: &str = "Anonymous clients may use your domains as senders where a receive connector gives them the right to. Look, and take \
     it from the connectors that face the world:\n  Get-ReceiveConnector | Get-ADPermission -User 'NT AUTHORITY\\ANONYMOUS \
     LOGON' |\n    where {$_.ExtendedRights -like 'ms-Exch-SMTP-Accept-Authoritative-Domain-Sender'} | ft Identity, \
     ExtendedRights\n  Get-ReceiveConnector 'SERVER\\Name' | Remove-ADPermission -User 'NT AUTHORITY\\ANONYMOUS LOGON'\n    \
     -ExtendedRights ms-Exch-SMTP-Accept-Authoritative-Domain-Sender\nServices that write in your name get a connector of their \
     own, whose RemoteIPRanges hold their addresses.";

pub(super) const FORGED_INSIDE: &str = "Look who may send as that mailbox, and give the right if it is rightly used:\n  \
     Get-ADPermission 'Mailbox' | where {$_.ExtendedRights -like 'Send-As'} | ft User, ExtendedRights\n  Add-ADPermission \
     'Mailbox' -User 'Account' -AccessRights ExtendedRight -ExtendedRights 'Send As'";
