//! Connecteur FITN: brings the grant requests that communes file on demarches-simplifiees.fr (DS) to the préfectures that
//! instruct them, judges them by the guide of the région, and draws up the lists and reports that other services rely on.
//!
//! # In one picture
//!
//! ```text
//!  DS ─► api ─► sync ─► store ─► evaluation (raw ─► mapping ─► rules) ─► store ─► reports ─► outbox ─► delivery ─► people
//!                ▲       ▲         follows what is marked as changed       │         ▲
//!                │       └── acts of persons                               ▼         │
//!  daemon, cli ──┴─────────────────────────── desk: everything that people see, do and are given
//! ```
//!
//! Data flow one way. A dossier arrives as JSON, is stored as it came before anybody interprets it, is mapped to facts, is
//! judged, and appears in lists and reports. Everything right of the first `store` can be made again offline, so a new
//! mapping, rule or parameter never needs to ask DS again.
//!
//! # The rooms
//!
//! | room | what lives there | may use |
//! |---|---|---|
//! | [`domain`] | the values of the trade, without I/O | |
//! | [`files`] | files that appear by rename, and whose they are | |
//! | [`territory`] | communes, groupements, départements, built in | |
//! | [`toml_text`] | TOML that people write, and its mistakes told in French | |
//! | [`api`] | HTTP and GraphQL: questions that fit the server's schema, tolerant answers, errors told apart | |
//! | [`raw`] | the JSON of one dossier, as the queries ask for it: decoded, hashed, flattened; pure | |
//! | [`store`] | all SQL: one writer, some readers; the lock that keeps two syncs apart | |
//! | [`sync`] | full reads, increments, removals, absences, dossiers that spoil a page | `api`, `raw`, `store` |
//! | [`attachments`] | attached files: listed, fetched, verified, kept once by content, looked after | `api`, `raw`, `store`, `sync` |
//! | [`mapping`] | champs and annotations to facts; proposals and checks against a form | `territory` |
//! | [`rules`] | the table of rules, the dated parameters, the verdicts and their explanations | `territory`, `toml_text` |
//! | [`evaluation`] | facts and verdicts brought up to date, or made for an instant of the past | `mapping`, `raw`, `rules`, `store`, `territory` |
//! | [`reports`] | the contents of lists and reports, then one writer a format | `rules`, `territory` |
//! | [`delivery`] | messages made out of a letter and files; handed to a mail server or put into a directory; the log of what was sent | `store` |
//! | [`desk`] | what people see and do, whoever asks: dossiers, to-do, changes, status; acts; documents; the outbox; sync then evaluate | `attachments`, `delivery`, `evaluation`, `mapping`, `raw`, `reports`, `rules`, `store`, `sync`, `territory` |
//! | [`daemon`] | the service: what is due when, done once, tried again, told when it fails | `api`, `delivery`, `desk`, `evaluation`, `store`, `sync` |
//! | [`console`] | what the service shows over HTTP: its health, figures for monitoring | `api`, `daemon`, `desk` |
//! | [`sandbox`] | a stand-in for DS, for demonstrations, training and tests | `territory` |
//! | [`config`] | the configuration, known to the command line alone | `mapping`, `territory`, `toml_text` |
//! | [`cli`] | one file a command, one printer for all output: commands print, the desk knows | all but `store`, `toml_text` |
//!
//! All may use `domain` and `files`. `tests/architecture.rs` holds this table. Two rooms go beyond a first sketch of the house:
//! `raw`, because both the sync (to know a dossier's number, its content and whether it changed) and the evaluation (to read
//! what is stored, years later and offline) decode the same JSON, and neither should know the other; and `desk`, because a
//! list made by hand and one made at night must be the same list.
//!
//! `desk` uses `delivery` because a message is made, whole, when its document is kept, and in the same transaction; and because what
//! holds a message back is said by the document's contents. `delivery` knows no document.
//!
//! [`developing`] says how to add a rule, a fact, a command, a migration, a format; [`api::facts`] how DS really behaves.
//!
//! # Invariants
//!
//! - Raw is stored before it is read. Mapping reports, it never fails. A rule never guesses.
//! - A run is a function of (database, configuration, answers, now): the clock is a [`domain::clock::Clock`]. What documents rest
//!   on is dated by DS's, never by this machine's alone: see "Whose clock".
//! - Money is integer cents, from the digits of the JSON to the cells of the list.
//! - A page, its cursor and its counters are one transaction; a page that is not whole advances nothing.
//! - Whatever changes marks its dossier (`dirty`) in the same transaction. Once nothing is marked, what is stored is what an
//!   evaluation of everything would make, whatever came in whatever order.
//! - What is new about a dossier is a row (`changes`), written in the transaction that changes it.
//! - An act of a person waits for a page that is being written, never for a sync, a download or an erasure.
//! - A document kept for a period has its rows in the database before its files; asked for again, it is the same bytes.
//! - A message is in the outbox, whole, before anything is sent, and on the disk it says that it is being handed over before the server
//!   has a byte of it: whatever happens then, it goes once, or twice at most where nobody can tell whether it arrived.
//! - Files appear by rename. One connection writes, and one that wipes what was erased. Instants are UTC; Europe/Paris only where the guide says "day".
//! - No token, no personal datum in a log line or an error.
//!
//! # Whose clock
//!
//! This machine's clock may be wrong, silently, and documents must not be. So what they rest on is dated by DS, from the
//! header `Date` of its answers ([`domain::clock::ServerClock`], kept in the database with what this machine's clock said at
//! the same moment). Between two answers DS's clock is estimated: this machine's, corrected by the difference last measured,
//! never before what DS said last. An estimate may be recorded, and shown; nothing is concluded from it. What a date must be
//! to be usable, [`api`] says (`dates`); an answer without one is stored and settles nothing. The first dated answer of a sync
//! corrects what is stored with a later instant ([`store::Writer::future_correct`]).
//!
//! | instant | by whose clock | in the future, by DS's |
//! |---|---|---|
//! | versions, removals, remains: `observed_at` | DS's date of the very answer that showed it, else an estimate | set to DS's date |
//! | `synced_at`, "known until" | DS's date of the first answer of the sync; does not move without | never: not read |
//! | `full_read_at`, `full_cut_at`, cursor of a full read | DS's; do not move without | never: read again |
//! | a démarche that DS gives no more: since, last | DS's | never: noted again |
//! | `undated_read_at` | an estimate, by its nature | never |
//! | watermarks, `tombstones_until`, all dates of a dossier | DS's own data | DS's matter |
//! | first complete sync of a démarche | DS's | never: noted again |
//! | quarantine and unfinished dossiers: since, last asked | DS's, or an estimate | since now, never asked |
//! | attached files: failed since, settled at | an estimate | since now, never asked |
//! | day on which the kept files were surveyed | an estimate | surveyed again |
//! | contents without a file: since | as the version that no longer has it, or an estimate | since now |
//! | end of a delay before an erasure | DS's date and this machine's, the earlier: an estimate erases nothing | not over |
//! | end of a period, beginning of one | DS's date, as "known until" | not over, not begun |
//! | syncs: start and end | DS's once it has answered, before that an estimate | set to DS's date |
//! | alerts, kept documents: since, made at | an estimate | set to DS's date |
//! | the last digest: made at | an estimate, only for its title; what it tells goes by the order of the changes | now |
//! | messages: put into the outbox, state since; what people were told of: since, last | an estimate | set to DS's date |
//! | messages: tried again at | an estimate | due, beyond the longest pause |
//! | journal, withdrawals, changes | an estimate; of what an answer showed, DS's date of it | stays: they are never rewritten, their order is that of their numbers |
//! | erased at | an estimate | set to DS's date |
//! | backups: the instant of the snapshot | an estimate: names it and tells its age; before the tables are brought up to date, this machine's | passed over until then; none is removed for its age |
//! | epoch of the changes | an estimate, or one more than the last | the next is one more |
//! | last day of the token | DS's date where DS was asked | – |
//! | tasks of the daemon: settled until | this machine's, and DS's for what is over | never: a sync is made up once; a document was settled until now |
//! | tasks of the daemon: started, failed (and the pause after it) | this machine's | never: no pause |
//! | pauses, limits of a run | this machine's monotonic clock | – |
//! | budget of requests: booked at | this machine's | forgotten beyond ten minutes |
//! | holder of a lock: since | an estimate, only shown; the lock itself knows no time | – |
//!
//! # A dossier changes on DS
//!
//! The heartbeat finds the sync due ([`daemon::Plan::due`]); [`desk::Desk::sync`] takes the lock and runs
//! [`sync::Engine`]: it asks for the form with the date of the newest dossier, then for the pages since the watermark less an
//! overlap. Each dossier of a page is taken apart once ([`raw::arrived`]: decoded and hashed); the store writes a new version,
//! with its champs and attached files, only when the hash differs, marked, and the cursor, in one transaction.
//!
//! [`evaluation::Evaluator::refresh`] takes what is marked, in two halves, page by page. First the facts: they are read again,
//! and with them what the dossier is to the others ([`domain::neighbour::Neighbour`], kept in `neighbours`,
//! `neighbour_communes` and `grants`). Where that moved, those that read it are marked too: the dossiers of its SIREN, those
//! that speak of its communes, the grants of its programme decided after it, as it was and as it is. Then the verdicts of all
//! that is marked: what is around each of them comes from these rows, and it is judged only where the text that this makes
//! ([`rules::Surroundings`]), its facts, the rules or what persons decided are no longer what its verdicts were made from. Where only a
//! sum moved, only the rule of that sum runs again ([`rules::Rulebook::sum_up`]), and only out of the same credits. One dossier that
//! changed thus costs what is around it, however many others there are.
//!
//! Last, its attached files are fetched when the operator wants them ([`attachments::Attachments::collect`]).
//!
//! # A person decides
//!
//! [`desk::Desk::decide`] and its like need the writer's turn, not the lock of the sync. In one transaction, the dossier and
//! what is marked around it are brought up to date ([`evaluation::Evaluator::settle`]), what is asked is judged on these
//! verdicts, one line is added to the journal, and the dossier is judged again. The others that it moves are judged
//! after that, page by page ([`evaluation::Evaluator::follow`]); whatever is left marked, the next evaluation finds.
//!
//! The journal is only ever added to; what it adds up to ([`domain::journal::Standing`]) is laid over what was read and
//! computed at every evaluation, as long as what the person had before them is still so.
//!
//! # The rules, the mapping or the tables change
//!
//! A fingerprint names the rules with their parameters and tables ([`rules::Rulebook::fingerprint`]), another one how the dossiers
//! of each démarche are read. Where one differs from what is noted, all that it concerns is marked, and worked off like any
//! other change, facts first. What is interrupted goes on the next time. `fitn evaluate --diff` does the same without writing.
//!
//! # The month ends
//!
//! On the first of the month the list is due: the daemon syncs, then [`desk::Desk::monthly_list`] asks
//! [`evaluation::Evaluator::past`], in one snapshot of the database, for the dossiers as they were known at the last second of the
//! month in Paris: read again from the versions of that time, judged among each other by today's rules. They are gone through twice:
//! what each is to the others lies in a scratch database ([`store::Scratch`]) before the first is judged.
//! [`reports::monthly::Draft`] makes a row of each, compares it with the list kept last and puts it away in another one; the writers
//! take the rows from there, in order, and make the files, which have no name yet ([`files::Written`]). The bytes are kept in the
//! database, in pieces, then the files are put into the directory of exports. None of this holds more than a page of dossiers.
//!
//! With the bytes, one message for each recipient goes into the outbox ([`store::NewMessage`]), made by [`delivery::Letter::compose`]. Some
//! minutes later the task `deliveries` takes what is due ([`desk::Desk::deliver`]), hands each to the mail server
//! ([`delivery::Post`]), and notes what it answered; what becomes of the message then, [`delivery::after`] says.
//!
//! # What was lost comes back
//!
//! At night the task `backup` copies the database into one file ([`store::Store::backup`]), verified against the snapshot that it is of;
//! with it go the log of what was sent, the lines of what was erased ([`store::ERASED`]) and the contents of attached files. So does
//! whoever is about to bring the tables up to date ([`store::Precaution`]).
//!
//! A restoration ([`desk::restore`]) makes a copy of the backup ready beside the database: what was erased since is erased again, what was
//! sent counts as sent, what was due waits for a person, and the changes begin another epoch. Then it takes the place of the database by
//! one rename ([`store::Restoration`]), while nobody has it open.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_arithmetic)]
#![allow(rustdoc::private_intra_doc_links, reason = "read by who works on the crate, with --document-private-items")]

pub mod api;
pub mod attachments;
pub mod cli;
pub mod config;
pub mod console;
pub mod daemon;
pub mod delivery;
pub mod desk;
#[doc = include_str!("developing.md")]
pub mod developing {}
pub mod domain;
pub mod evaluation;
pub mod files;
pub mod mapping;
pub mod raw;
pub mod reports;
pub mod rules;
pub mod sandbox;
pub mod store;
pub mod sync;
pub mod territory;
pub(crate) mod toml_text;
