//! Verdicts: what the rules say of each dossier. All of it can be made again from the stored content.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::types::ToSqlOutput;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::change::What;
use super::codec::{cents, hashes, json, place, read_hashes, read_json};
use super::dictionary::Packing;
use super::once::Once;
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::money::Cents;
use crate::domain::subject::Judged;
use crate::domain::verdict::{Evaluation, FactRead, Missing, ParameterRead, RuleKind, Status, Verdict, VerdictValue};

const RULE: Once = Once {
    mark: 'r',
    find: "SELECT id FROM rules WHERE rule = ?1 AND kind = ?2 AND citation = ?3",
    add: "INSERT INTO rules (rule, kind, citation) VALUES (?1, ?2, ?3)",
};

const SENTENCE: Once = Once {
    mark: 's',
    find: "SELECT id FROM sentences WHERE hash = ?2 AND text = ?1",
    add: "INSERT INTO sentences (text, hash) VALUES (?1, ?2)",
};

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
                .execute(params![dossier, hashes(rulebook), hashes(basis)])?;
            return Ok(before);
        }
        if let Some(before) = &before {
            self.changes_of_evaluation(dossier, before, evaluation, now)?;
        }
        let trace: Vec<Trace<'_>> = evaluation.verdicts.iter().map(Trace::of).collect();
        let sentences = self.sentences(dossier)?;
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
                hashes(rulebook),
                evaluation.status.code(),
                cents(evaluation.eligible_expenses)?,
                cents(evaluation.computed)?,
                self.missing(&evaluation.missing)?,
                self.pack(Packing::Trace, dossier, &json(&trace)?)?,
                hashes(basis)
            ])?;
        self.verdicts_delete(dossier)?;
        self.verdicts_put(dossier, &evaluation.verdicts)?;
        self.sentences_forget(&sentences)?;
        Ok(before)
    }

    fn verdicts_put(&self, dossier: DossierNumber, verdicts: &[Verdict]) -> Result<(), StoreError> {
        const COLUMNS: usize = 6;
        if verdicts.is_empty() {
            return Ok(());
        }
        let mut values: Vec<ToSqlOutput<'_>> = Vec::with_capacity(verdicts.len() * COLUMNS);
        for (position, verdict) in (0_i64..).zip(verdicts) {
            values.extend([
                place(dossier, position)?.into(),
                self.rule(&verdict.rule, verdict.kind.code(), &verdict.citation)?.into(),
                verdict.verdict.code().into(),
                ToSqlOutput::Borrowed(verdict.decided_by.as_deref().into()),
                ToSqlOutput::Borrowed(verdict.computed_verdict.map(VerdictValue::code).into()),
                self.sentence(&verdict.explanation)?.into(),
            ]);
        }
        // One statement for all: SQLite makes the lists of its checks once a statement. Dossiers of a programme have the same rules, so
        // there are few such statements.
        let mut insert = "INSERT INTO verdicts (id, rule, verdict, decided_by, computed_verdict, explanation) VALUES (?, ?, ?, ?, ?, ?)"
            .to_owned();
        insert.push_str(&", (?, ?, ?, ?, ?, ?)".repeat(verdicts.len() - 1));
        self.transaction.prepare_cached(&insert)?.execute(params_from_iter(values))?;
        Ok(())
    }

    /// The row of a rule as it is applied.
    pub(super) fn rule(&self, rule: &str, kind: &str, citation: &str) -> Result<i64, StoreError> {
        self.once(&RULE, [rule, kind, citation])
    }

    /// The row of what is said of a dossier.
    pub(super) fn sentence(&self, text: &str) -> Result<i64, StoreError> {
        let digest = Sha256::digest(text.as_bytes());
        let hash = digest.iter().take(6).fold(0_i64, |hash, byte| hash << 8 | i64::from(*byte));
        self.once_by(&SENTENCE, text, hash)
    }

    fn missing(&self, missing: &[Missing]) -> Result<Option<i64>, StoreError> {
        if missing.is_empty() { Ok(None) } else { self.sentence(&json(missing)?).map(Some) }
    }

    /// Takes away what the rules say of a dossier, and what was said of no other one.
    pub(super) fn evaluation_remove(&self, dossier: DossierNumber) -> Result<(), StoreError> {
        let sentences = self.sentences(dossier)?;
        self.verdicts_delete(dossier)?;
        self.transaction.prepare_cached("DELETE FROM evaluations WHERE dossier = ?1")?.execute([dossier])?;
        self.sentences_forget(&sentences)
    }

    fn verdicts_delete(&self, dossier: DossierNumber) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("DELETE FROM verdicts WHERE id >= ?1 << 20 AND id < (?1 + 1) << 20")?
            .execute([dossier])?;
        Ok(())
    }

    fn sentences(&self, dossier: DossierNumber) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT explanation FROM verdicts WHERE id >= ?1 << 20 AND id < (?1 + 1) << 20
             UNION ALL SELECT missing FROM evaluations WHERE dossier = ?1 AND missing IS NOT NULL",
        )?;
        let rows = statement.query_map([dossier], |row| row.get(0))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }

    /// Takes away those of some sentences that are said of no dossier: there may be something of the one they were said of in them.
    fn sentences_forget(&self, sentences: &[i64]) -> Result<(), StoreError> {
        let mut delete = self.transaction.prepare_cached(
            "DELETE FROM sentences WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM verdicts WHERE explanation = ?1)
             AND NOT EXISTS (SELECT 1 FROM evaluations WHERE missing = ?1)",
        )?;
        for sentence in sentences {
            if delete.execute([sentence])? > 0 {
                self.met.forget();
            }
        }
        Ok(())
    }

    fn changes_of_evaluation(
        &self,
        dossier: DossierNumber,
        before: &Evaluation,
        after: &Evaluation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // In the order in which the one makes the other.
        for change in before.changed_verdicts(after) {
            self.change_of_verdict(dossier, &change.rule, (change.before, change.after), now)?;
        }
        let expenses = (before.eligible_expenses, after.eligible_expenses);
        self.change_of_amount(dossier, "eligible_expenses_cents", expenses, now)?;
        self.change_of_amount(dossier, "computed_cents", (before.computed, after.computed), now)?;
        let statuses = (Some(before.status.code()), Some(after.status.code()));
        self.change_add(dossier, What::Status, statuses, now)
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
        let sentences = self.sentences(dossier)?;
        self.transaction
            .prepare_cached(
                "UPDATE verdicts SET verdict = ?3, explanation = ?4
                 WHERE id >= ?1 << 20 AND id < (?1 + 1) << 20 AND rule IN (SELECT id FROM rules WHERE rule = ?2)",
            )?
            .execute(params![dossier, verdict.rule, verdict.verdict.code(), self.sentence(&verdict.explanation)?])?;
        self.transaction
            .prepare_cached("UPDATE evaluations SET missing = iif(?4, ?2, missing), basis = ?3 WHERE dossier = ?1")?
            .execute(params![
                dossier,
                missing.map(|missing| self.missing(missing)).transpose()?.flatten(),
                hashes(basis),
                missing.is_some()
            ])?;
        self.sentences_forget(&sentences)?;
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
            .prepare_cached("UPDATE evaluations SET basis = x'' WHERE dossier = ?1 AND basis <> x''")?
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
            let basis = read_hashes(&row.get::<_, Vec<u8>>(0)?).unwrap_or_default();
            Ok(Judgement { basis, status, counted: row.get::<_, Option<i64>>(2)?.map(Cents::from) })
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
        let subject = self.read_subject(row)?;
        Ok(self.evaluation(number)?.map(|evaluation| Judged { subject, evaluation }))
    }

    /// What the rules say of a dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn evaluation(&self, dossier: DossierNumber) -> Result<Option<Evaluation>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT e.status, e.eligible_expenses_cents, e.computed_cents, s.text, e.trace
             FROM evaluations e LEFT JOIN sentences s ON s.id = e.missing WHERE e.dossier = ?1",
        )?;
        let mut rows = statement.query([dossier])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let trace = self.unpack(&row.get::<_, Vec<u8>>(4)?)?;
        let verdicts = self.verdicts(dossier, read_json("trace des avis", &trace)?)?;
        Ok(Some(read_evaluation(row, verdicts)?))
    }

    /// What one rule says of a dossier, and what people are to do about it; none when the rule was not applied to it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn said(&self, dossier: DossierNumber, rule: &str) -> Result<Option<Said>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT v.verdict, v.explanation, s.text FROM view_verdicts v JOIN evaluations e ON e.dossier = v.dossier
             LEFT JOIN sentences s ON s.id = e.missing WHERE v.dossier = ?1 AND v.rule = ?2",
        )?;
        let mut rows = statement.query(params![dossier, rule])?;
        rows.read(|row| {
            Ok(Said {
                verdict: read_verdict(&row.get::<_, String>(0)?)?,
                explanation: row.get(1)?,
                missing: read_missing(row.get(2)?)?,
            })
        })
    }

    /// The controls of the decision on a dossier that are broken: rule and explanation.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn breaches(&self, dossier: DossierNumber) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.rule, s.text FROM verdicts v JOIN rules r ON r.id = v.rule JOIN sentences s ON s.id = v.explanation
             WHERE v.id >= ?1 << 20 AND v.id < (?1 + 1) << 20 AND v.verdict = 'not_met' AND r.kind = 'C' ORDER BY v.id",
        )?;
        let rows = statement.query_map([dossier], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }

    fn verdicts(&self, dossier: DossierNumber, traces: Vec<Trace<'_>>) -> Result<Vec<Verdict>, StoreError> {
        let mut traces = traces.into_iter();
        let mut statement = self.connection.prepare_cached(
            "SELECT r.rule, r.kind, v.verdict, s.text, r.citation, v.decided_by, v.computed_verdict
             FROM verdicts v JOIN rules r ON r.id = v.rule JOIN sentences s ON s.id = v.explanation
             WHERE v.id >= ?1 << 20 AND v.id < (?1 + 1) << 20 ORDER BY v.id",
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
        missing: read_missing(row.get(3)?)?,
    })
}

/// Nothing, or JSON.
pub(super) fn read_missing(text: Option<String>) -> Result<Vec<Missing>, StoreError> {
    text.map_or_else(|| Ok(Vec::new()), |text| read_json("pièces manquantes", &text))
}

fn read_verdict(code: &str) -> Result<VerdictValue, StoreError> {
    code.parse().map_err(|code: String| StoreError::unreadable("verdict", &code))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, dossier, read, store, upsert, write};
    use super::super::{RemovalNotice, Store};
    use super::*;
    use crate::domain::dossier::{DossierState, RemovalReason};

    fn verdict(rule: &str, explanation: &str) -> Verdict {
        Verdict {
            rule: rule.to_owned(),
            kind: RuleKind::Blocking,
            verdict: VerdictValue::ToReview,
            explanation: explanation.to_owned(),
            citation: "passage".to_owned(),
            facts: Vec::new(),
            parameters: Vec::new(),
            decided_by: None,
            computed_verdict: None,
        }
    }

    fn judge(store: &Store, number: DossierNumber, said: &[&str], missing: &[&str]) -> Evaluation {
        let verdicts = (1..).zip(said).map(|(rule, said)| verdict(&format!("ADS-{rule:02}"), said)).collect();
        let missing = missing.iter().map(|what| Missing {
            who: crate::domain::verdict::Who::Demandeur,
            what: (*what).to_owned(),
            fact: None,
            rule: "ADS-01".to_owned(),
        });
        let evaluation = Evaluation {
            verdicts,
            status: Status::AVerifier,
            eligible_expenses: None,
            computed: None,
            missing: missing.collect(),
        };
        let now = at("2021-09-03T00:00:00Z");
        write(store, |writer| writer.evaluation_put(number, &evaluation, "", "", now));
        assert_eq!(read(store, |reader| reader.evaluation(number)).as_ref(), Some(&evaluation));
        evaluation
    }

    fn sentences(store: &Store) -> Vec<String> {
        read(store, |reader| {
            let mut statement = reader.connection.prepare_cached("SELECT text FROM sentences ORDER BY text")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        })
    }

    #[test]
    fn a_sentence_is_kept_once_and_goes_with_the_last_dossier_that_it_is_said_of() {
        let (_directory, store) = store();
        for number in [7, 8] {
            upsert(&store, &dossier(number, DossierState::Accepte), 1, "2021-09-03T00:00:00Z");
        }
        judge(&store, 7, &["Rien.", "Zébuline a 7 communes.", "Rien."], &["Le nom de Zébuline"]);
        judge(&store, 8, &["Rien.", "Rien."], &[]);
        let asked = r#"[{"who":"demandeur","what":"Le nom de Zébuline","fact":null,"rule":"ADS-01"}]"#;
        assert_eq!(sentences(&store), ["Rien.", "Zébuline a 7 communes.", asked]);
        // Judged otherwise.
        let evaluation = judge(&store, 7, &["Rien.", "Zébuline a 8 communes."], &["Le nom de Zébuline"]);
        assert_eq!(sentences(&store), ["Rien.", "Zébuline a 8 communes.", asked]);
        // One verdict alone.
        let said = read(&store, |reader| reader.said(7, "ADS-02")).unwrap();
        let other = Verdict { explanation: "Rien.".to_owned(), ..evaluation.verdicts[1].clone() };
        let now = at("2021-09-03T00:00:00Z");
        write(&store, |writer| writer.verdict_put(7, &said, &other, None, "", now));
        assert_eq!(sentences(&store), ["Rien.", asked]);
        write(&store, |writer| writer.verdict_put(7, &said, &other, Some(&[]), "", now));
        assert_eq!(sentences(&store), ["Rien."]);
        write(&store, |writer| {
            writer.verdict_put(7, &said, &evaluation.verdicts[1], Some(&evaluation.missing), "", now)
        });
        assert_eq!(sentences(&store), ["Rien.", "Zébuline a 8 communes.", asked]);
        // Erased.
        let notice = RemovalNotice {
            number: 7,
            procedure: super::super::tests::PROCEDURE,
            state: DossierState::Accepte,
            reason: RemovalReason::Deleted,
            at: now,
        };
        write(&store, |writer| {
            writer.dossier_remove(&notice, now)?;
            writer.dossier_erase(7, &[], now)
        });
        assert_eq!(sentences(&store), ["Rien."]);
        assert_eq!(read(&store, |reader| reader.evaluation(8)).unwrap().verdicts.len(), 2);
    }
}
