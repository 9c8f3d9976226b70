//! Verdicts: what the rules say of each dossier. All of it can be made again from the stored content.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};

use super::change::What;
use super::codec::{cents, compress, decompress_text, json, read_json};
use super::subject::read_subject;
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::money::Cents;
use crate::domain::subject::Judged;
use crate::domain::verdict::{Evaluation, FactRead, Missing, ParameterRead, RuleKind, Status, Verdict, VerdictValue};

/// What a verdict rests on. Verdicts of a dossier repeat much of it, so it is compressed for all of them together.
#[derive(Default, Serialize, Deserialize)]
struct Trace<'a> {
    facts: Cow<'a, [FactRead]>,
    parameters: Cow<'a, [ParameterRead]>,
}

impl<'a> Trace<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        Self { facts: Cow::Borrowed(&verdict.facts), parameters: Cow::Borrowed(&verdict.parameters) }
    }
}

/// What one rule says of a dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its verdict.
    pub verdict: VerdictValue,
    /// Why.
    pub explanation: String,
    /// What people are to do about the dossier, by whatever rule.
    pub missing: Vec<Missing>,
}

/// What is stored of the judgement of a dossier, without its verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What its verdicts were made from; empty when they never were.
    pub basis: String,
    /// What they add up to.
    pub status: Option<Status>,
    /// What sums take of it when nobody set it aside.
    pub counted: Option<Cents>,
}
impl Writer<'_> {
    /// Puts the verdicts of a dossier when they or their traces differ from those stored, and gives what was stored. `basis`
    /// names all that they were made from.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn evaluation_put(
        &self,
        dossier: DossierNumber,
        evaluation: &Evaluation,
        rulebook: &str,
        basis: &str,
        now: Timestamp,
    ) -> Result<Option<Evaluation>, StoreError> {
        let before = match self.reader().evaluation(dossier) {
            // Damaged: they are made again from what they were made from.
            Err(StoreError::Unreadable { .. }) => None,
            before => before?,
        };
        if before.as_ref() == Some(evaluation) {
            self.transaction
                .prepare_cached(
                    "UPDATE evaluations SET rulebook = ?2, basis = ?3
                     WHERE dossier = ?1 AND (rulebook <> ?2 OR basis <> ?3)",
                )?
                .execute(params![dossier, rulebook, basis])?;
            return Ok(before);
        }
        if let Some(before) = &before {
            self.changes_of_evaluation(dossier, before, evaluation, now)?;
        }
        let trace: Vec<Trace<'_>> = evaluation.verdicts.iter().map(Trace::of).collect();
        self.transaction
            .prepare_cached(
                "INSERT INTO evaluations (dossier, rulebook, status, eligible_expenses_cents, computed_cents, missing, trace,
                 basis) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (dossier) DO UPDATE SET rulebook = excluded.rulebook, status = excluded.status,
                 eligible_expenses_cents = excluded.eligible_expenses_cents, computed_cents = excluded.computed_cents,
                 missing = excluded.missing, trace = excluded.trace, basis = excluded.basis",
            )?
            .execute(params![
                dossier,
                rulebook,
                evaluation.status.code(),
                cents(evaluation.eligible_expenses)?,
                cents(evaluation.computed)?,
                json(&evaluation.missing)?,
                compress(json(&trace)?.as_bytes())?,
                basis
            ])?;
        self.transaction.prepare_cached("DELETE FROM verdicts WHERE dossier = ?1")?.execute([dossier])?;
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO verdicts (dossier, position, rule, kind, verdict, explanation, citation, decided_by,
             computed_verdict) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for (position, verdict) in (0_i64..).zip(&evaluation.verdicts) {
            insert.execute(params![
                dossier,
                position,
                verdict.rule,
                verdict.kind.code(),
                verdict.verdict.code(),
                verdict.explanation,
                verdict.citation,
                verdict.decided_by,
                verdict.computed_verdict.map(VerdictValue::code)
            ])?;
        }
        Ok(before)
    }

    fn changes_of_evaluation(
        &self,
        dossier: DossierNumber,
        before: &Evaluation,
        after: &Evaluation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statuses = (Some(before.status.code()), Some(after.status.code()));
        self.change_add(dossier, What::Status, statuses, now)?;
        let expenses = (before.eligible_expenses, after.eligible_expenses);
        self.change_of_amount(dossier, "eligible_expenses_cents", expenses, now)?;
        self.change_of_amount(dossier, "computed_cents", (before.computed, after.computed), now)?;
        for change in before.changed_verdicts(after) {
            self.change_of_verdict(dossier, &change.rule, (change.before, change.after), now)?;
        }
        Ok(())
    }
}

impl Writer<'_> {
    /// Puts one verdict in the place of what was said, and what people are to do, where that is something else: of a rule that rests on
    /// what it rested on, so that its trace stays, and from which no status follows.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn verdict_put(
        &self,
        dossier: DossierNumber,
        before: &Said,
        verdict: &Verdict,
        missing: Option<&[Missing]>,
        basis: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.change_of_verdict(dossier, &verdict.rule, (Some(before.verdict), Some(verdict.verdict)), now)?;
        self.transaction
            .prepare_cached("UPDATE verdicts SET verdict = ?3, explanation = ?4 WHERE dossier = ?1 AND rule = ?2")?
            .execute(params![dossier, verdict.rule, verdict.verdict.code(), verdict.explanation])?;
        self.transaction
            .prepare_cached("UPDATE evaluations SET missing = coalesce(?2, missing), basis = ?3 WHERE dossier = ?1")?
            .execute(params![dossier, missing.map(json).transpose()?, basis])?;
        Ok(())
    }

    fn change_of_verdict(
        &self,
        dossier: DossierNumber,
        rule: &str,
        (before, after): (Option<VerdictValue>, Option<VerdictValue>),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let shown = |verdict: Option<VerdictValue>| Some(format!("{rule}={}", verdict?.code()));
        self.change_add(dossier, What::Verdict, (shown(before).as_deref(), shown(after).as_deref()), now)
    }

    /// Makes the verdicts of a dossier be made again when it is next looked at.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn evaluation_distrust(&self, dossier: DossierNumber) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE evaluations SET basis = '' WHERE dossier = ?1 AND basis <> ''")?
            .execute([dossier])?;
        Ok(())
    }

    /// Notes what sums take of a judged dossier when nobody set it aside.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn counted_put(&self, dossier: DossierNumber, counted: Option<Cents>) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE evaluations SET counted_cents = ?2 WHERE dossier = ?1")?
            .execute(params![dossier, cents(counted)?])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// What sums take of a dossier when nobody set it aside.
    pub(super) fn counted(&self, dossier: DossierNumber) -> Result<Option<Cents>, StoreError> {
        let cents: Option<Option<i64>> = self
            .connection
            .prepare_cached("SELECT counted_cents FROM evaluations WHERE dossier = ?1")?
            .query_row([dossier], |row| row.get(0))
            .optional()?;
        Ok(cents.flatten().map(Cents::from))
    }
    /// What is stored of the judgement of a dossier; nothing when it never was judged.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn judgement(&self, number: DossierNumber) -> Result<Option<Judgement>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT basis, status, counted_cents FROM evaluations WHERE dossier = ?1")?;
        let mut rows = statement.query([number])?;
        rows.read(|row| {
            // Damaged, it is like one that was never found: it is made again.
            let status = row.get::<_, String>(1)?.parse().ok();
            Ok(Judgement { basis: row.get(0)?, status, counted: row.get::<_, Option<i64>>(2)?.map(Cents::from) })
        })
    }

    /// How many dossiers of some démarches have each status, those that a person set aside left out.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn statuses(&self, followed: &[ProcedureNumber]) -> Result<BTreeMap<Status, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        let mut count = |sql: &str, sign: i64| -> Result<(), StoreError> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query([json(followed)?])?;
            while let Some(row) = rows.next()? {
                if let Ok(status) = row.get::<_, String>(0)?.parse::<Status>() {
                    *counts.entry(status).or_insert(0) += sign * row.get::<_, i64>(1)?;
                }
            }
            Ok(())
        };
        // Those that do not count are few.
        count("SELECT value, number FROM counts WHERE of = 'evaluations' AND ?1 IS NOT NULL", 1)?;
        count(
            "SELECT e.status, count(*) FROM evaluations e WHERE e.dossier IN (
                 SELECT dossier FROM view_exclusions
                 UNION
                 SELECT number FROM dossiers WHERE procedure IN (
                     SELECT number FROM procedures WHERE number NOT IN (SELECT value FROM json_each(?1))))
             GROUP BY e.status",
            -1,
        )?;
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        Ok(counts.map(|(status, count)| (status, count.cast_unsigned())).collect())
    }

    /// How many dossiers of some démarches are erased here, but for those that a person set aside; and how many a person set aside.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn aside(&self, followed: &[ProcedureNumber]) -> Result<(u64, u64), StoreError> {
        let count = |sql: &str| -> Result<u64, StoreError> {
            let count: i64 = self.connection.prepare_cached(sql)?.query_row([json(followed)?], |row| row.get(0))?;
            Ok(count.cast_unsigned())
        };
        let erased = count(
            "SELECT count(*) FROM dossiers d JOIN subjects s ON s.dossier = d.number
             WHERE d.erased_at IS NOT NULL AND d.procedure IN (SELECT value FROM json_each(?1))
             AND NOT EXISTS (SELECT 1 FROM view_exclusions x WHERE x.dossier = d.number)",
        )?;
        let excluded = count(
            "SELECT count(*) FROM view_exclusions x JOIN dossiers d ON d.number = x.dossier
             JOIN subjects s ON s.dossier = d.number WHERE d.procedure IN (SELECT value FROM json_each(?1))",
        )?;
        Ok((erased, excluded))
    }

    /// A dossier with what the rules say of it; none when it was never judged.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn judged(&self, number: DossierNumber) -> Result<Option<Judged>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.subject, d.removed_reason, d.removed_at, d.procedure FROM subjects s JOIN dossiers d ON d.number = s.dossier
             WHERE s.dossier = ?1",
        )?;
        let mut rows = statement.query([number])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let subject = read_subject(row)?;
        Ok(self.evaluation(number)?.map(|evaluation| Judged { subject, evaluation }))
    }

    /// What the rules say of a dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn evaluation(&self, dossier: DossierNumber) -> Result<Option<Evaluation>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT status, eligible_expenses_cents, computed_cents, missing, trace FROM evaluations WHERE dossier = ?1",
        )?;
        let mut rows = statement.query([dossier])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let trace = decompress_text(&row.get::<_, Vec<u8>>(4)?)?;
        let verdicts = self.verdicts(dossier, read_json("trace des avis", &trace)?)?;
        Ok(Some(read_evaluation(row, verdicts)?))
    }

    /// What one rule says of a dossier, and what people are to do about it; none when the rule was not applied to it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn said(&self, dossier: DossierNumber, rule: &str) -> Result<Option<Said>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT v.verdict, v.explanation, e.missing FROM verdicts v JOIN evaluations e ON e.dossier = v.dossier
             WHERE v.dossier = ?1 AND v.rule = ?2",
        )?;
        let mut rows = statement.query(params![dossier, rule])?;
        rows.read(|row| {
            Ok(Said {
                verdict: read_verdict(&row.get::<_, String>(0)?)?,
                explanation: row.get(1)?,
                missing: read_missing(&row.get::<_, String>(2)?)?,
            })
        })
    }

    /// The controls of the decision on a dossier that are broken: rule and explanation.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn breaches(&self, dossier: DossierNumber) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT rule, explanation FROM verdicts WHERE dossier = ?1 AND kind = 'C' AND verdict = 'not_met' ORDER BY position",
        )?;
        let rows = statement.query_map([dossier], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }

    fn verdicts(&self, dossier: DossierNumber, traces: Vec<Trace<'_>>) -> Result<Vec<Verdict>, StoreError> {
        let mut traces = traces.into_iter();
        let mut statement = self.connection.prepare_cached(
            "SELECT rule, kind, verdict, explanation, citation, decided_by, computed_verdict FROM verdicts
             WHERE dossier = ?1 ORDER BY position",
        )?;
        let mut rows = statement.query([dossier])?;
        let mut verdicts = Vec::new();
        while let Some(row) = rows.next()? {
            let (kind, value): (String, String) = (row.get(1)?, row.get(2)?);
            let kind = RuleKind::deserialize(kind.as_str().into_deserializer())
                .map_err(|error: serde::de::value::Error| StoreError::unreadable("nature de règle", &error))?;
            let Trace { facts, parameters } = traces.next().unwrap_or_default();
            verdicts.push(Verdict {
                rule: row.get(0)?,
                kind,
                verdict: read_verdict(&value)?,
                explanation: row.get(3)?,
                citation: row.get(4)?,
                facts: facts.into_owned(),
                parameters: parameters.into_owned(),
                decided_by: row.get(5)?,
                computed_verdict: row.get::<_, Option<String>>(6)?.map(|code| read_verdict(&code)).transpose()?,
            });
        }
        Ok(verdicts)
    }
}

/// `status, eligible_expenses_cents, computed_cents, missing`.
fn read_evaluation(row: &Row<'_>, verdicts: Vec<Verdict>) -> Result<Evaluation, StoreError> {
    let status: String = row.get(0)?;
    Ok(Evaluation {
        verdicts,
        status: status.parse().map_err(|code: String| StoreError::unreadable("statut", &code))?,
        eligible_expenses: row.get::<_, Option<i64>>(1)?.map(Cents::from),
        computed: row.get::<_, Option<i64>>(2)?.map(Cents::from),
        missing: read_missing(&row.get::<_, String>(3)?)?,
    })
}

fn read_missing(text: &str) -> Result<Vec<Missing>, StoreError> {
    read_json("pièces manquantes", text)
}

fn read_verdict(code: &str) -> Result<VerdictValue, StoreError> {
    code.parse().map_err(|code: String| StoreError::unreadable("verdict", &code))
}
