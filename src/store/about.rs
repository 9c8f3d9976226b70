//! Every text that may be about a person, wherever it is stored. A test (`tests/about.rs`) holds that no column is forgotten.

use rusqlite::Row;

use super::{Reader, StoreError};
use crate::domain::dossier::DossierNumber;

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Held {
    /// What DS gave of a dossier: a version of it.
    Version,
    /// A champ of the current version, by its label.
    Champ,
    /// An annotation of the current version, by its label.
    Annotation,
    /// What lists call the applicant.
    Applicant,
    /// The applicant's SIRET.
    Siret,
    /// What the mapping read.
    Facts,
    /// The name of an attached file.
    FileName,
    /// Why an attached file is not kept as DS announces it.
    FileReason,
    /// What a rule says.
    Explanation,
    /// Who decided on a rule.
    DecidedBy,
    /// What people are asked to do.
    ToDo,
    /// What a verdict rests on.
    Trace,
    /// Who acted, by the number of the act.
    ActPerson,
    /// Why.
    ActReason,
    /// What the act says.
    Act,
    /// An alert.
    Alert,
    /// Why a dossier is set aside.
    Quarantine,
    /// Something new about a dossier.
    Change,
    /// What stays of an erased dossier.
    Remains,
    /// Who took a document back, by the document.
    WithdrawalPerson,
    /// Why.
    WithdrawalReason,
    /// What the préfecture says in a report, by its period.
    Commentary,
    /// What was told of an alert by mail.
    Told,
    /// Whom a message is for, by the number of the message.
    MessageAddress,
    /// What a message says.
    MessageText,
    /// What the mail server answered, or why it is held.
    MessageReply,
    /// The form of a démarche and its title, by its number.
    Form,
}

/// A text as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    Json,
    /// Compressed JSON.
    Packed,
}

/// Texts of one kind. The statement gives a name and an instant, each of which may be null, and the text.
pub(super) struct Source {
    pub held: Held,
    pub shape: Shape,
    /// The columns that it reads: `table.column`.
    #[cfg_attr(not(test), allow(dead_code, reason = "a test holds that no column is forgotten"))]
    pub columns: &'static [&'static str],
    pub sql: &'static str,
}

const fn source(held: Held, shape: Shape, columns: &'static [&'static str], sql: &'static str) -> Source {
    Source { held, shape, columns, sql }
}

/// Those of a dossier, ?1. Champs are read of one alone that has a version that cannot be: they are in it.
pub(super) const OF_DOSSIER: &[Source] = &[
    source(Held::Version, Shape::Packed, &["dossier_versions.raw"],
        "SELECT NULL, observed_at, raw FROM dossier_versions WHERE dossier = ?1 ORDER BY observed_at, id"),
    source(Held::Applicant, Shape::Plain, &["subjects.applicant"],
        "SELECT NULL, NULL, applicant FROM subjects WHERE dossier = ?1"),
    source(Held::Siret, Shape::Plain, &["subjects.siret"], "SELECT NULL, NULL, siret FROM subjects WHERE dossier = ?1"),
    source(Held::Facts, Shape::Packed, &["subjects.subject"],
        "SELECT NULL, NULL, subject FROM subjects WHERE dossier = ?1"),
    source(Held::FileName, Shape::Plain, &["attachments.filename"],
        "SELECT label, created_at, filename FROM attachments WHERE dossier = ?1 ORDER BY position"),
    source(Held::FileReason, Shape::Plain, &["attachments.reason"],
        "SELECT filename, settled_at, reason FROM attachments WHERE dossier = ?1 AND reason IS NOT NULL ORDER BY position"),
    source(Held::Explanation, Shape::Plain, &["sentences.text"],
        "SELECT r.rule, NULL, s.text FROM verdicts v JOIN rules r ON r.id = v.rule JOIN sentences s ON s.id = v.explanation
         WHERE v.id >= ?1 << 20 AND v.id < (?1 + 1) << 20 ORDER BY v.id"),
    source(Held::DecidedBy, Shape::Plain, &["verdicts.decided_by"],
        "SELECT r.rule, NULL, v.decided_by FROM verdicts v JOIN rules r ON r.id = v.rule
         WHERE v.id >= ?1 << 20 AND v.id < (?1 + 1) << 20 AND v.decided_by IS NOT NULL ORDER BY v.id"),
    source(Held::ToDo, Shape::Json, &["sentences.text"],
        "SELECT NULL, NULL, s.text FROM evaluations e JOIN sentences s ON s.id = e.missing WHERE e.dossier = ?1"),
    source(Held::Trace, Shape::Packed, &["evaluations.trace"],
        "SELECT NULL, NULL, trace FROM evaluations WHERE dossier = ?1"),
    source(Held::ActPerson, Shape::Plain, &["journal.person"],
        "SELECT id, at, person FROM journal WHERE dossier = ?1 ORDER BY id"),
    source(Held::ActReason, Shape::Plain, &["journal.reason"],
        "SELECT id, at, reason FROM journal WHERE dossier = ?1 ORDER BY id"),
    source(Held::Act, Shape::Json, &["journal.act"], "SELECT id, at, act FROM journal WHERE dossier = ?1 ORDER BY id"),
    source(Held::Alert, Shape::Plain, &["alerts.message", "alerts.hint"],
        "SELECT NULL, raised_at, message || ' ; ' || hint FROM alerts WHERE dossier = ?1 ORDER BY key"),
    source(Held::Quarantine, Shape::Plain, &["quarantine.reason"],
        "SELECT NULL, since, reason FROM quarantine WHERE dossier = ?1"),
    source(Held::Change, Shape::Plain, &["changes.before", "changes.after"],
        "SELECT what, at, coalesce(before, '') || ' ' || coalesce(after, '') FROM changes WHERE dossier = ?1 ORDER BY seq"),
    source(Held::Remains, Shape::Json, &["remains.subject"],
        "SELECT NULL, observed_at, subject FROM remains WHERE dossier = ?1 ORDER BY observed_at, id"),
    source(Held::Remains, Shape::Json, &["remains.evaluation"],
        "SELECT NULL, observed_at, evaluation FROM remains WHERE dossier = ?1 ORDER BY observed_at, id"),
];

/// The champs of a dossier, as they were laid out.
pub(super) const CHAMPS: &[Source] = &[
    source(
        Held::Champ,
        Shape::Plain,
        &["champs.value"],
        "SELECT label, NULL, value FROM view_champs WHERE dossier = ?1 AND kind = 'champ'",
    ),
    source(
        Held::Annotation,
        Shape::Plain,
        &["champs.value"],
        "SELECT label, NULL, value FROM view_champs WHERE dossier = ?1 AND kind = 'annotation'",
    ),
];

/// Those that are of no dossier, or of one of which nothing else is known.
pub(super) const ELSEWHERE: &[Source] = &[
    source(
        Held::Quarantine,
        Shape::Plain,
        &["quarantine.reason"],
        "SELECT dossier, since, reason FROM quarantine
         WHERE NOT EXISTS (SELECT 1 FROM dossiers WHERE number = quarantine.dossier) ORDER BY dossier",
    ),
    source(
        Held::WithdrawalPerson,
        Shape::Plain,
        &["withdrawals.person"],
        "SELECT kind || ' ' || period, at, person FROM withdrawals ORDER BY id",
    ),
    source(
        Held::WithdrawalReason,
        Shape::Plain,
        &["withdrawals.reason"],
        "SELECT kind || ' ' || period, at, reason FROM withdrawals ORDER BY id",
    ),
    source(
        Held::Commentary,
        Shape::Plain,
        &["commentaries.text"],
        "SELECT period, given_at, text FROM commentaries ORDER BY kind, period",
    ),
    source(
        Held::MessageAddress,
        Shape::Plain,
        &["outbox.address"],
        "SELECT id, created_at, address FROM outbox ORDER BY id",
    ),
    source(
        Held::MessageText,
        Shape::Plain,
        &["outbox.subject"],
        "SELECT id, created_at, subject FROM outbox ORDER BY id",
    ),
    source(Held::MessageText, Shape::Json, &["outbox.letter"], "SELECT id, created_at, letter FROM outbox ORDER BY id"),
    source(Held::MessageReply, Shape::Plain, &["outbox.reply"], "SELECT id, created_at, reply FROM outbox ORDER BY id"),
    source(
        Held::MessageReply,
        Shape::Json,
        &["outbox.reasons"],
        "SELECT id, created_at, reasons FROM outbox ORDER BY id",
    ),
    source(
        Held::Alert,
        Shape::Plain,
        &["alerts.message", "alerts.hint"],
        "SELECT NULL, raised_at, message || ' ; ' || hint FROM alerts WHERE dossier IS NULL ORDER BY key",
    ),
    source(Held::Told, Shape::Plain, &["told.message"], "SELECT NULL, told_at, message FROM told ORDER BY cause"),
    source(
        Held::Form,
        Shape::Plain,
        &["procedures.title"],
        "SELECT number, NULL, title FROM procedures ORDER BY number",
    ),
    source(
        Held::Form,
        Shape::Packed,
        &["procedures.form"],
        "SELECT number, NULL, form FROM procedures WHERE form IS NOT NULL ORDER BY number",
    ),
];

/// A text that is held.
#[derive(Debug)]
pub struct HeldText<'a> {
    /// Where.
    pub held: Held,
    /// A label, a rule, the number of an act or of a message: see [`Held`].
    pub name: Option<&'a str>,
    /// RFC 3339: when it was observed, done or said.
    pub at: Option<&'a str>,
    /// It is JSON, of which the texts are what is said.
    pub is_json: bool,
    /// What it says; none where it is damaged.
    pub text: Option<&'a str>,
}

/// What is kept of a dossier, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeldCounts {
    /// Versions of its content.
    pub versions: u64,
    /// Attached files that are known.
    pub files: u64,
    /// Those of them whose content is kept.
    pub contents: u64,
    /// Acts of people.
    pub acts: u64,
}

impl Reader<'_> {
    /// Calls `each` with every text that is stored about a dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn texts_of_dossier(
        &self,
        number: DossierNumber,
        mut each: impl FnMut(&HeldText<'_>),
    ) -> Result<(), StoreError> {
        let mut is_damaged = false;
        self.texts(OF_DOSSIER, Some(number), &mut |text| {
            is_damaged |= text.held == Held::Version && text.text.is_none();
            each(text);
        })?;
        if is_damaged { self.texts(CHAMPS, Some(number), &mut each) } else { Ok(()) }
    }

    /// Calls `each` with every text that is stored about no dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn texts_elsewhere(&self, mut each: impl FnMut(&HeldText<'_>)) -> Result<(), StoreError> {
        self.texts(ELSEWHERE, None, &mut each)
    }

    fn texts(
        &self,
        sources: &[Source],
        dossier: Option<DossierNumber>,
        each: &mut dyn FnMut(&HeldText<'_>),
    ) -> Result<(), StoreError> {
        for Source { held, shape, sql, .. } in sources {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = match dossier {
                Some(number) => statement.query([number])?,
                None => statement.query([])?,
            };
            while let Some(row) = rows.next()? {
                let (name, at) = (name(row)?, row.get_ref(1)?.as_str_or_null().ok().flatten());
                let unpacked;
                let text = match shape {
                    Shape::Packed => {
                        unpacked = self.unpack(row.get_ref(2)?.as_blob().unwrap_or_default()).ok();
                        unpacked.as_deref()
                    }
                    Shape::Plain | Shape::Json => match row.get_ref(2)?.as_str_or_null() {
                        Ok(None) => continue,
                        text => text.ok().flatten(),
                    },
                };
                let is_json = *shape != Shape::Plain;
                each(&HeldText { held: *held, name: name.as_deref(), at, is_json, text });
            }
        }
        Ok(())
    }

    /// How much is kept of a dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn held_counts(&self, number: DossierNumber) -> Result<HeldCounts, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT (SELECT count(*) FROM dossier_versions WHERE dossier = ?1),
                 (SELECT count(*) FROM attachments WHERE dossier = ?1),
                 (SELECT count(sha256) FROM attachments WHERE dossier = ?1),
                 (SELECT count(*) FROM journal WHERE dossier = ?1)",
        )?;
        let count = |row: &Row<'_>, column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs);
        Ok(statement.query_row([number], |row| {
            Ok(HeldCounts {
                versions: count(row, 0)?,
                files: count(row, 1)?,
                contents: count(row, 2)?,
                acts: count(row, 3)?,
            })
        })?)
    }
}

/// A name is a text, or a number.
fn name(row: &Row<'_>) -> Result<Option<String>, StoreError> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(0)? {
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    })
}
