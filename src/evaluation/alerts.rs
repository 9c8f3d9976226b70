//! Alerts that evaluation finds: a mapping that no longer fits the form, decisions that break a control, grants without an
//! amount. Each is taken back when its cause is gone.

use jiff::Timestamp;

use super::misdated::{Misdated, misdated};
use super::persons::Dropped;
use super::{Evaluator, Reading};
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber};
use crate::domain::erasure::ERASED;
use crate::domain::fact::{Absence, FactName};
use crate::domain::journal::{Standing, Target};
use crate::domain::subject::Subject;
use crate::domain::text::counted;
use crate::domain::verdict::Verdict;
use crate::mapping::{self, Severity};
use crate::store::{DossierLine, DossiersOfState, NewAlert, StoreError, Writer};

/// What the keys of this room's alerts begin with.
const PREFIX: &str = "evaluation:";
/// Of a dossier: its content cannot be read.
pub(super) const CONTENT: &str = "evaluation:content:";
const GRANT: &str = "evaluation:grant:";
const CONTROL: &str = "evaluation:control:";
const DATES: &str = "evaluation:dates:";
const DECISION: &str = "evaluation:decision:";
const CORRECTION: &str = "evaluation:correction:";
/// Those of a dossier that follow its judgement.
const OF_JUDGEMENT: [&str; 5] = [GRANT, CONTROL, DATES, DECISION, CORRECTION];
/// Of a démarche.
const UNMAPPED: &str = "evaluation:unmapped:";
const MAPPING: &str = "evaluation:mapping:";
const UNDATED: &str = "evaluation:undated:";
const STATE: &str = "evaluation:state:";
const GRANTS: &str = "evaluation:grants:";

/// How many dossiers an alert names.
const NAMED: usize = 10;

impl Evaluator {
    /// Raises what is to be told of a dossier that was just judged, and takes back what is not so any more. `fallen`: decisions about it
    /// that no longer hold.
    pub(super) fn alert_about(
        &self,
        writer: &Writer<'_>,
        subject: &Subject,
        fallen: &[Dropped],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let number = subject.number;
        let reader = writer.reader();
        let Some(line) = reader.dossier_line(number)? else { return Ok(()) };
        let excluded = line.excluded_at.is_some();
        let mut alerts: Vec<NewAlert> = Vec::new();
        // A grant does not end with its file; of one that was never received nothing is known.
        let lacks_amount = line.state == DossierState::Accepte && line.granted.is_none() && line.deposited_at.is_some();
        if lacks_amount && !excluded && self.knows_grants(line.procedure) {
            alerts.push(about_grant(&line, subject.facts.get(FactName::GrantedAmount).err()));
        }
        if subject.is_kept() && !excluded {
            let standing = Standing::of(reader.journal(number)?);
            alerts.extend(misdated(subject, &standing).iter().map(|found| about_date(&line, found)));
            let breaches = reader.breaches(number)?;
            alerts.extend(breaches.iter().map(|(rule, explanation)| about_breach(number, rule, explanation)));
            alerts.extend(fallen.iter().map(|fallen| about_decision(number, fallen)));
            let corrections = subject.facts.corrections.iter().filter(|correction| correction.dropped);
            alerts.extend(corrections.map(|correction| about_correction(number, &correction.target)));
        }
        writer.alerts_about(number, &OF_JUDGEMENT, &alerts, now)
    }

    /// Raises what is to be told of the dossiers of démarches together.
    pub(super) fn alert_about_procedures(&self, now: Timestamp) -> Result<(), StoreError> {
        self.store.write(|writer| {
            let reader = writer.reader();
            let undated = reader.dossiers_undated()?.into_iter();
            let mut alerts: Vec<NewAlert> =
                undated.filter(|(procedure, _)| self.follows(*procedure)).map(about_undated).collect();
            let strange = reader.dossiers_of_other_states(NAMED)?;
            alerts.extend(strange.iter().filter(|found| self.follows(found.procedure)).map(about_state));
            for procedure in &self.procedures {
                if !self.knows_grants(procedure.number) {
                    let count = reader.grants_without_amount(procedure.number)?;
                    alerts.extend((count > 0).then(|| about_grants(procedure.number, count)));
                }
            }
            put(writer, &[UNDATED, STATE, GRANTS], &alerts, now)
        })
    }

    /// Whether the mapping of a followed démarche says where the amount granted is.
    fn knows_grants(&self, procedure: ProcedureNumber) -> bool {
        self.procedures.iter().any(|followed| {
            followed.number == procedure && followed.mapping.facts().any(|fact| fact == FactName::GrantedAmount)
        })
    }
}

/// Tells that what was granted goes beyond what there is, or takes it back.
pub(super) fn alert_about_sum(
    writer: &Writer<'_>,
    number: DossierNumber,
    verdict: &Verdict,
    is_told: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let alert = about_breach(number, &verdict.rule, &verdict.explanation);
    if is_told { writer.alert_raise_about(number, &alert, now) } else { writer.alert_settle(&alert.key) }
}

/// Takes back all that was told of a dossier: its démarche is not followed any more.
pub(super) fn settle_alerts(writer: &Writer<'_>, number: DossierNumber, now: Timestamp) -> Result<(), StoreError> {
    writer.alerts_about(number, &[PREFIX], &[], now)
}

/// Raises what is to be told of mappings and forms.
pub(super) fn alert_about_mappings(
    writer: &Writer<'_>,
    readings: &[Reading<'_>],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut alerts = Vec::new();
    for Reading { procedure, form, .. } in readings {
        let number = procedure.number;
        if procedure.mapped_facts() == 0 {
            alerts.push(NewAlert {
                key: format!("{UNMAPPED}{number}"),
                message: format!("démarche {number} : {}", mapping::NOTHING_MAPPED),
                hint: mapping::mend_of_nothing_mapped(number),
            });
        }
        let findings =
            form.iter().flat_map(|form| mapping::check(&procedure.mapping, form.form(), procedure.programme));
        let errors = findings.filter(|finding| finding.severity == Severity::Error);
        alerts.extend(errors.map(|finding| NewAlert {
            key: format!("{MAPPING}{number}:{}", finding.fact),
            message: format!("démarche {number} : {}", finding.message),
            hint: finding.mend,
        }));
    }
    put(writer, &[UNMAPPED, MAPPING], &alerts, now)
}

/// Puts alerts in the place of all those of their kinds.
fn put(writer: &Writer<'_>, kinds: &[&str], alerts: &[NewAlert], now: Timestamp) -> Result<(), StoreError> {
    let keys: Vec<String> = alerts.iter().map(|alert| alert.key.clone()).collect();
    for alert in alerts {
        writer.alert_raise(&alert.key, &alert.message, &alert.hint, now)?;
    }
    kinds.iter().try_for_each(|kind| writer.alerts_settle(kind, &keys))
}

/// An attribution without amount: left blank by the instructors, or not to be read, which another alert may explain.
fn about_grant(line: &DossierLine, absence: Option<&Absence>) -> NewAlert {
    let number = line.number;
    let key = format!("{GRANT}{number}");
    match absence {
        _ if line.removed.is_some() => NewAlert {
            key,
            message: format!("dossier {number} : accepté sans montant accordé connu, et retiré de DS"),
            hint: if line.erased_at.is_some() {
                format!("s’il ne doit plus compter : fitn exclude {number} --reason \"MOTIF\" --by \"NOM\"")
            } else {
                format!(
                    "retrouvez ce montant, puis : fitn correct {number} --fact granted_amount --value MONTANT --reason \"MOTIF\" --by \"NOM\""
                )
            },
        },
        Some(absence) if absence.hides_an_answer() => NewAlert {
            key,
            message: format!("dossier {number} : accepté, et son montant accordé ne peut pas être lu ({absence})"),
            hint: format!("voyez « fitn dossier {number} »"),
        },
        _ => NewAlert {
            key,
            message: format!("dossier {number} : accepté sans montant accordé connu"),
            hint: "renseignez l’annotation du montant accordé sur DS".to_owned(),
        },
    }
}

/// A day that keeps a grant, or what was paid of it, out of documents.
fn about_date(line: &DossierLine, found: &Misdated) -> NewAlert {
    let (number, fact) = (line.number, found.fact);
    let here = format!("fitn correct {number} --fact {fact} --value JJ/MM/AAAA --reason \"MOTIF\" --by \"NOM\"");
    NewAlert {
        key: format!("{DATES}{number}:{fact}"),
        message: format!("dossier {number} : accepté, {}", found.told()),
        hint: if line.removed.is_some() {
            format!("corrigez cette date, ou confirmez-la :\n{here}")
        } else {
            format!("corrigez cette date sur DS ; ici, pour la corriger ou la confirmer :\n{here}")
        },
    }
}

fn about_undated((procedure, count): (ProcedureNumber, u64)) -> NewAlert {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    NewAlert {
        key: format!("{UNDATED}{procedure}"),
        message: format!(
            "démarche {procedure} : {} dont DS ne donne pas la date de décision",
            counted(count, "dossier décidé", "dossiers décidés")
        ),
        hint: "le rapport trimestriel ne les date que par la commission ; « fitn check » dit si DS a retiré cette date"
            .to_owned(),
    }
}

fn about_state(found: &DossiersOfState) -> NewAlert {
    let DossiersOfState { procedure, state, count, first } = found;
    NewAlert {
        key: format!("{STATE}{procedure}:{state}"),
        message: format!(
            "démarche {procedure} : {} dans un état que cette version ne connaît pas (« {state} ») : {}",
            counted(*count, "dossier", "dossiers"),
            first.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                + if *count > first.len() { "…" } else { "" }
        ),
        hint: "mettez le connecteur à jour ; d’ici là, ce qui dépend de l’état de ces dossiers reste à vérifier"
            .to_owned(),
    }
}

fn about_grants(procedure: ProcedureNumber, count: usize) -> NewAlert {
    NewAlert {
        key: format!("{GRANTS}{procedure}"),
        message: format!(
            "démarche {procedure} : {}, aucun montant accordé n’est lu",
            counted(count, "dossier accepté", "dossiers acceptés")
        ),
        hint: "associez le fait granted_amount à l’annotation du montant accordé".to_owned(),
    }
}

/// Content that can no longer be read.
pub(super) fn about_content(number: DossierNumber, reason: &str) -> NewAlert {
    NewAlert {
        key: format!("{CONTENT}{number}"),
        message: format!("dossier {number} : le contenu enregistré est illisible ({reason})"),
        hint: "relancez « fitn sync --full » ; si cela se répète, reprenez une sauvegarde où il est intact, ou signalez-le"
            .to_owned(),
    }
}

fn about_breach(number: DossierNumber, rule: &str, explanation: &str) -> NewAlert {
    let explanation = if explanation == ERASED { "non respectée (l’explication est effacée)" } else { explanation };
    NewAlert {
        key: format!("{CONTROL}{number}:{rule}"),
        message: format!("dossier {number}, règle {rule} : {explanation}"),
        hint: format!("voyez « fitn dossier {number} »"),
    }
}

/// Who decided is not said: alerts are sent and logged.
fn about_decision(number: DossierNumber, dropped: &Dropped) -> NewAlert {
    let why = if dropped.changed.is_empty() {
        "la règle ne s’applique plus à ce dossier".to_owned()
    } else {
        format!("ce que la règle lit a changé ({})", dropped.changed.join(", "))
    };
    let rule = &dropped.rule;
    NewAlert {
        key: format!("{DECISION}{number}:{rule}"),
        message: format!("dossier {number}, règle {rule} : la décision d’un agent ne compte plus, {why}"),
        hint: format!(
            "voyez « fitn dossier {number} », puis décidez de nouveau, ou retirez la décision :\nfitn decide {number} --rule {rule} --withdraw --reason \"MOTIF\" --by \"NOM\""
        ),
    }
}

/// Nor who corrected.
fn about_correction(number: DossierNumber, target: &Target) -> NewAlert {
    NewAlert {
        key: format!("{CORRECTION}{number}:{target}"),
        message: format!(
            "dossier {number} : la correction de {target} ne compte plus, le champ corrigé a changé sur DS"
        ),
        hint: format!(
            "voyez « fitn dossier {number} », puis corrigez de nouveau, ou retirez la correction :\nfitn correct {number} {} --withdraw --reason \"MOTIF\" --by \"NOM\"",
            target.options()
        ),
    }
}
