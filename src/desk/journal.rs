//! What people decide, correct and set aside: checked, put in the journal, and evaluated at once.

use super::{Desk, DeskError};
use crate::domain::dossier::{DossierNumber, RemovalReason};
use crate::domain::fact::{EXPENSE_COLUMNS, FactName, FactType};
use crate::domain::journal::{Act, Entry, Standing, Target};
use crate::domain::money::Cents;
use crate::domain::subject::Judged;
use crate::domain::verdict::{RuleKind, Verdict, VerdictValue};
use crate::evaluation::{champ_digest, facts_read};
use crate::mapping::{correction_remarks, parse_correction};
use crate::store::{DossierLine, Reader};

/// Who does something, and why.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The person's name.
    pub by: &'a str,
    /// The reason.
    pub reason: &'a str,
}

impl<'a> Signed<'a> {
    /// The name and the reason, which must say something.
    pub(super) fn checked(self) -> Result<(&'a str, &'a str), DeskError> {
        let (by, reason) = (self.by.trim(), self.reason.trim());
        if by.is_empty() || reason.is_empty() {
            return Err(refused("il faut un nom et un motif", "donnez --by NOM et --reason TEXTE, non vides"));
        }
        if by.contains(char::is_control) {
            return Err(refused("le nom tient sur une ligne", "donnez --by NOM, sans retour à la ligne ni tabulation"));
        }
        Ok((by, reason))
    }
}

/// What recording something did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The line of the journal.
    pub entry: Entry,
    /// The dossier as it stood.
    pub before: Judged,
    /// The dossier as it stands now.
    pub after: Judged,
    /// How many other dossiers have another status, or another verdict on some rule, because of it.
    pub others: u64,
}

impl Recorded {
    /// What was read at the place of a correction that was just made; none when nothing was, or when nothing was corrected.
    #[must_use]
    pub fn original(&self) -> Option<&str> {
        let Act::Correct { target, .. } = &self.entry.act else { return None };
        let corrections = &self.after.subject.facts.corrections;
        corrections.iter().find(|correction| correction.target == *target)?.original.as_deref()
    }

    /// What a person may want to know of what they did, though it counts, in French.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks = match &self.entry.act {
            Act::Correct { patch, .. } => correction_remarks(patch, self.original()),
            Act::Decide { rule, .. } => {
                let verdict = self.after.evaluation.verdicts.iter().find(|verdict| verdict.rule == *rule);
                verdict.and_then(|verdict| without_effect(self.entry.dossier, verdict)).into_iter().collect()
            }
            _ => Vec::new(),
        };
        remarks.extend(self.repeats());
        remarks
    }

    /// That the same counted before: a person who did not see what became of it does it again.
    fn repeats(&self) -> Option<String> {
        let Judged { subject, evaluation } = &self.before;
        match &self.entry.act {
            Act::Decide { rule, verdict, .. } => evaluation
                .verdicts
                .iter()
                .any(|known| known.rule == *rule && known.decided_by.is_some() && known.verdict == *verdict)
                .then(|| "la même décision comptait déjà : rien ne change".to_owned()),
            Act::Correct { target, value, .. } => subject
                .facts
                .corrections_of(target.fact)
                .any(|known| known.target == *target && known.value == *value)
                .then(|| "la même correction comptait déjà : rien ne change".to_owned()),
            _ => None,
        }
    }

    /// The amount that was corrected, before and after; none when something else was. What the eligible expenses are is an outcome, told
    /// with the others.
    #[must_use]
    pub fn corrected(&self) -> Option<(FactName, Option<Cents>, Option<Cents>)> {
        let (Act::Correct { target, .. } | Act::WithdrawCorrection { target }) = &self.entry.act else { return None };
        let fact = target.fact;
        let is_amount = fact.fact_type() == FactType::Amount && fact != FactName::EligibleExpenses;
        let amount = |judged: &Judged| judged.subject.facts.amount(fact);
        is_amount.then(|| (fact, amount(&self.before), amount(&self.after)))
    }

    /// The rules whose decision no longer counts because of it.
    pub fn fallen(&self) -> impl Iterator<Item = &str> {
        let Self { before, after, .. } = self;
        let withdrawn = match &self.entry.act {
            Act::WithdrawDecision { rule } => Some(rule.as_str()),
            _ => None,
        };
        let rules = before.evaluation.verdicts.iter().map(|verdict| verdict.rule.as_str());
        rules.filter(move |rule| {
            before.evaluation.is_decided(rule) && !after.evaluation.is_decided(rule) && withdrawn != Some(*rule)
        })
    }
}

/// Where a fact is, as written on the command line: `theme`, `expenses.origin`.
#[derive(Debug, Clone)]
pub struct FactPath {
    /// The fact.
    pub fact: FactName,
    /// The column of a line of expenses.
    pub column: Option<&'static str>,
}

impl std::str::FromStr for FactPath {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (fact, column) = text.split_once('.').map_or((text, None), |(fact, column)| (fact, Some(column)));
        let fact: FactName = fact.parse().map_err(|_| {
            let all: Vec<&str> = FactName::ALL.iter().map(|fact| fact.code()).collect();
            format!("ce n’est pas un nom de fait ; choisissez parmi {}", all.join(", "))
        })?;
        let column = match column {
            None => None,
            Some(column) if fact == FactName::Expenses => {
                let known = EXPENSE_COLUMNS.into_iter().find(|known| *known == column);
                Some(known.ok_or_else(|| format!("les colonnes d’une dépense sont {}", EXPENSE_COLUMNS.join(", ")))?)
            }
            Some(_) => return Err("seul le fait expenses a des colonnes".to_owned()),
        };
        Ok(Self { fact, column })
    }
}

pub(super) fn refused(message: impl Into<String>, hint: impl Into<String>) -> DeskError {
    DeskError::Refused { message: message.into(), hint: hint.into() }
}

/// What a decision on a rule does not change, though one may think so, and what would; none when there is no such thing.
fn without_effect(number: DossierNumber, verdict: &Verdict) -> Option<String> {
    let Verdict { rule, kind, .. } = verdict;
    match kind {
        RuleKind::Amount => Some(format!(
            "la règle {rule} calcule un montant ; cette décision compte pour le statut, mais ne change pas ce montant : corrigez les faits dont il dépend, fitn \
             correct {number} --fact FAIT --value VALEUR (« fitn dossier {number} --full » les donne)"
        )),
        RuleKind::Information => {
            Some(format!("la règle {rule} ne fait qu’informer : cette décision ne change pas le statut"))
        }
        RuleKind::Blocking | RuleKind::Review | RuleKind::Priority | RuleKind::Control => None,
    }
}

impl Desk {
    /// Records a person's decision on a rule, or takes it back (no verdict).
    ///
    /// # Errors
    /// [`DeskError::Refused`]: an unknown dossier or rule, no name, no reason, nothing to take back.
    pub fn decide(
        &self,
        number: DossierNumber,
        rule: &str,
        verdict: Option<VerdictValue>,
        signed: Signed<'_>,
    ) -> Result<Recorded, DeskError> {
        self.record(number, signed, judged, |before, standing| {
            let Some(found) = before.evaluation.verdicts.iter().find(|verdict| verdict.rule == rule) else {
                let rules: Vec<&str> = before.evaluation.verdicts.iter().map(|verdict| verdict.rule.as_str()).collect();
                return Err(refused(
                    format!("la règle « {rule} » ne s’applique pas au dossier {number}"),
                    format!("choisissez parmi {}", rules.join(", ")),
                ));
            };
            let rule = rule.to_owned();
            match verdict {
                Some(verdict) => Ok(Act::Decide {
                    rule,
                    verdict,
                    computed: found.computed_verdict.unwrap_or(found.verdict),
                    facts: facts_read(&before.subject, found),
                }),
                None if standing.decisions.contains_key(&rule) => Ok(Act::WithdrawDecision { rule }),
                None => Err(refused(
                    format!("dossier {number}, règle {rule} : aucune décision à retirer"),
                    format!("voyez « fitn dossier {number} »"),
                )),
            }
        })
    }

    /// Records a person's correction of a fact, or takes it back (no value).
    ///
    /// # Errors
    /// As [`Desk::decide`]; also a fact of another programme, an unknown row, a value that is not one of the fact.
    pub fn correct(
        &self,
        number: DossierNumber,
        path: &FactPath,
        row: Option<&str>,
        value: Option<&str>,
        signed: Signed<'_>,
    ) -> Result<Recorded, DeskError> {
        let target = Target { fact: path.fact, column: path.column.map(str::to_owned), row: row.map(str::to_owned) };
        self.record(number, signed, judged, |before, standing| {
            let Some(value) = value else {
                let known = standing.corrections.contains_key(&target);
                return if known {
                    Ok(Act::WithdrawCorrection { target: target.clone() })
                } else {
                    let message = format!("dossier {number} : aucune correction de {target} à retirer");
                    Err(refused(message, format!("voyez « fitn dossier {number} »")))
                };
            };
            let programme = before.subject.programme;
            if !target.fact.programmes().contains(&programme) {
                let facts = FactName::ALL.iter().filter(|fact| fact.programmes().contains(&programme));
                let facts: Vec<&str> = facts.map(|fact| fact.code()).collect();
                return Err(refused(
                    format!("le fait « {} » n’est pas du programme {programme} du dossier {number}", target.fact),
                    format!("choisissez parmi {}", facts.join(", ")),
                ));
            }
            self.correction(number, before, &target, value)
        })
    }

    fn correction(
        &self,
        number: DossierNumber,
        before: &Judged,
        target: &Target,
        value: &str,
    ) -> Result<Act, DeskError> {
        let in_rows = matches!(target.fact.fact_type(), FactType::Communes) || target.column.is_some();
        if target.row.is_some() != target.column.is_some() && !(in_rows && target.column.is_none()) {
            return Err(refused(
                "--row désigne une ligne de communes, ou une dépense dont on corrige une colonne",
                "écrivez par exemple --fact expenses.origin --row LIGNE --value eu ; « fitn dossier N --full » donne les lignes",
            ));
        }
        let (procedure, form) = self.followed(before)?;
        let context = procedure.context(form.as_ref());
        let dossier = self.filed(number)?;
        let patch = parse_correction(&context, target, value).map_err(|reason| {
            refused(
                format!("« {value} » ne convient pas pour {target} : {reason}"),
                format!("voyez « fitn dossier {number} --full »"),
            )
        })?;
        let champ = champ_digest(&context, &dossier, target).ok_or_else(|| {
            let row = target.row.as_deref().unwrap_or_default();
            refused(
                format!("le dossier {number} n’a pas de ligne « {row} » pour {}", target.fact),
                format!("« fitn dossier {number} --full » donne les lignes et leurs identifiants"),
            )
        })?;
        Ok(Act::Correct { target: target.clone(), value: value.trim().to_owned(), patch, champ })
    }

    /// Sets a dossier aside, or takes that back.
    ///
    /// # Errors
    /// As [`Desk::decide`].
    pub fn exclude(&self, number: DossierNumber, excluded: bool, signed: Signed<'_>) -> Result<Recorded, DeskError> {
        self.record(number, signed, judged_or_erased, |_, standing| match (excluded, standing.exclusion.is_some()) {
            (true, false) => Ok(Act::Exclude),
            (false, true) => Ok(Act::Include),
            (true, true) => Err(refused(
                format!("le dossier {number} est déjà écarté"),
                format!("pour le reprendre : fitn include {number} --reason \"MOTIF\" --by \"NOM\""),
            )),
            (false, false) => Err(refused(format!("le dossier {number} n’est pas écarté"), "il n’y a rien à faire")),
        })
    }

    /// What a person did is judged on fresh verdicts, written and evaluated in one transaction: it waits for no sync, only for the page
    /// that is being written. The others that it moves are judged after it, page by page.
    fn record(
        &self,
        number: DossierNumber,
        signed: Signed<'_>,
        judged: impl Fn(&Reader<'_>, DossierNumber) -> Result<Judged, DeskError>,
        act: impl FnOnce(&Judged, &Standing) -> Result<Act, DeskError>,
    ) -> Result<Recorded, DeskError> {
        let (by, reason) = signed.checked()?;
        let (recorded, moved, now) = self.store.write::<_, DeskError>(|writer| {
            let now = writer.reader().corrected(self.clock.now())?;
            let moved_before = self.evaluator.settle(writer, number, now)?;
            let before = judged(&writer.reader(), number)?;
            self.followed(&before)?;
            let standing = Standing::of(writer.reader().journal(number)?);
            let act = act(&before, &standing)?;
            let entry = writer.journal_add(number, &act, by, reason, now)?;
            let moved_after = self.evaluator.settle(writer, number, now)?;
            let moved = moved_before.zip(moved_after).map(|(before, after)| [before, after].concat());
            let after = judged(&writer.reader(), number)?;
            Ok((Recorded { entry, before, after, others: 0 }, moved, now))
        })?;
        let followed = match moved {
            Some(moved) => self.evaluator.follow(&moved, now).map_err(DeskError::from),
            // What a new configuration moves is more than this act does.
            None => self.refresh(false).map(|refreshed| refreshed.moved),
        };
        // It is recorded, whatever becomes of the others: they are marked, and the next evaluation judges them.
        let others = followed.unwrap_or_else(|error| {
            tracing::error!(error = %error, dossier = number, "inscrit ; les autres dossiers seront évalués la prochaine fois");
            0
        });
        Ok(Recorded { others, ..recorded })
    }

    /// A dossier in one line.
    ///
    /// # Errors
    /// [`DeskError::Refused`] when it is not known, or was announced but never given.
    pub fn line(&self, number: DossierNumber) -> Result<DossierLine, DeskError> {
        self.store.read(|reader| line(reader, number))
    }
}

fn line(reader: &Reader<'_>, number: DossierNumber) -> Result<DossierLine, DeskError> {
    if let Some(line) = reader.dossier_line(number)? {
        return Ok(line);
    }
    Err(match reader.quarantine_of(number)? {
        Some(entry) => DeskError::quarantined(number, &entry.reason),
        None => DeskError::unknown(number),
    })
}

/// A dossier as it was judged last, with what there is to decide or to correct.
fn judged(reader: &Reader<'_>, number: DossierNumber) -> Result<Judged, DeskError> {
    let judged = judged_or_erased(reader, number)?;
    if judged.subject.erased {
        return Err(erased(&line(reader, number)?));
    }
    Ok(judged)
}

/// A dossier as it was judged last; of an erased one, what stays.
fn judged_or_erased(reader: &Reader<'_>, number: DossierNumber) -> Result<Judged, DeskError> {
    let line = line(reader, number)?;
    let judged = reader.judged(number)?;
    let see = || format!("voyez « fitn dossier {number} »");
    if judged.is_none() && line.erased_at.is_some() {
        return Err(erased(&line));
    }
    judged.ok_or_else(|| match line.removed {
        Some(reason) if line.deposited_at.is_none() => {
            refused(format!("le contenu du dossier {number} n’a jamais été reçu : {}", reason.label()), see())
        }
        _ => refused(format!("le dossier {number} n’a pas pu être évalué"), see()),
    })
}

fn erased(line: &DossierLine) -> DeskError {
    let message = format!("les données du dossier {} sont effacées ici{}", line.number, why_erased(line.removed));
    refused(message, "il n’y a plus rien à décider ni à corriger ; « fitn exclude » l’ôte des listes et des sommes")
}

/// ` : DS l’a supprimé`, when DS said so.
fn why_erased(removed: Option<RemovalReason>) -> &'static str {
    match removed {
        Some(RemovalReason::Deleted) => " : DS l’a supprimé",
        Some(RemovalReason::Absent) => " : il est masqué ou expiré sur DS",
        Some(RemovalReason::Pending) | None => "",
    }
}
