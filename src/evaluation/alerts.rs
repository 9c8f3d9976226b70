//! Alerts that evaluation finds: a mapping that no longer fits the form, decisions that break a control, grants without an
//! amount. Each is taken back when its cause is gone.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::refresh::{Lost, Standings, is_excluded};
use super::{EvaluationError, Evaluator, legible};
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber};
use crate::domain::erasure::ERASED;
use crate::domain::fact::{Absence, FactName};
use crate::domain::form::Form;
use crate::domain::text::counted;
use crate::mapping::{self, Severity};
use crate::store::{DossierLine, StoreError};

/// What the keys of this room's alerts begin with.
const PREFIX: &str = "evaluation:";

/// How many dossiers an alert names.
const NAMED: usize = 10;

struct Raised {
    key: String,
    message: String,
    hint: String,
}

impl Evaluator {
    pub(super) fn raise_alerts(
        &self,
        forms: &[Option<Form>],
        unreadable: &BTreeMap<DossierNumber, String>,
        standings: &Standings,
        lost: Vec<Lost>,
        now: Timestamp,
    ) -> Result<(), EvaluationError> {
        let mut raised = self.about_mappings(forms);
        raised.extend(unreadable.iter().map(|(number, error)| Raised {
            key: format!("{PREFIX}content:{number}"),
            message: format!("dossier {number} : le contenu enregistré est illisible ({error})"),
            hint: "relancez « fitn sync --full » ; si cela se répète, reprenez une sauvegarde où il est intact, ou signalez-le"
                .to_owned(),
        }));
        raised.extend(self.about_decisions(standings)?);
        raised.extend(lost.into_iter().map(about_lost));
        let keys: Vec<String> = raised.iter().map(|alert| alert.key.clone()).collect();
        self.store.write::<_, StoreError>(|writer| {
            for alert in &raised {
                writer.alert_raise(&alert.key, &alert.message, &alert.hint, now)?;
            }
            writer.alerts_settle(PREFIX, &keys)
        })?;
        Ok(())
    }

    fn about_mappings(&self, forms: &[Option<Form>]) -> Vec<Raised> {
        let mut raised = Vec::new();
        for (procedure, form) in self.procedures.iter().zip(forms) {
            if procedure.mapped_facts() == 0 {
                raised.push(Raised {
                    key: format!("{PREFIX}unmapped:{}", procedure.number),
                    message: format!("démarche {} : {}", procedure.number, mapping::NOTHING_MAPPED),
                    hint: mapping::mend_of_nothing_mapped(procedure.number),
                });
            }
            let Some(form) = form else { continue };
            for finding in mapping::check(&procedure.mapping, form, procedure.programme) {
                if finding.severity == Severity::Error {
                    raised.push(Raised {
                        key: format!("{PREFIX}mapping:{}:{}", procedure.number, finding.fact),
                        message: format!("démarche {} : {}", procedure.number, finding.message),
                        hint: finding.mend,
                    });
                }
            }
        }
        raised
    }

    fn about_decisions(&self, standings: &Standings) -> Result<Vec<Raised>, StoreError> {
        let mut raised = Vec::new();
        let mut without_amount: BTreeMap<ProcedureNumber, usize> = BTreeMap::new();
        let mut strange: BTreeMap<(ProcedureNumber, String), Vec<DossierNumber>> = BTreeMap::new();
        let undated = self.store.read::<_, StoreError>(|reader| reader.dossiers_undated())?;
        for (procedure, number) in undated.into_iter().filter(|(procedure, _)| self.follows(*procedure)) {
            raised.push(Raised {
                key: format!("{PREFIX}undated:{procedure}"),
                message: format!(
                    "démarche {procedure} : {} dont DS ne donne pas la date de décision",
                    counted(usize::try_from(number).unwrap_or(usize::MAX), "dossier décidé", "dossiers décidés")
                ),
                hint: "le rapport trimestriel ne les date que par la commission ; « fitn check » dit si DS a retiré cette date"
                    .to_owned(),
            });
        }
        self.store.read::<_, StoreError>(|reader| {
            reader.dossier_lines(None, |line| {
                if let (DossierState::Other(code), None) = (&line.state, line.removed) {
                    let of_state: &mut Vec<_> = strange.entry((line.procedure, code.clone())).or_default();
                    of_state.push(line.number);
                }
                // A grant does not end with its file; of one that was never received nothing is known.
                let is_received = line.deposited_at.is_some();
                if line.state != DossierState::Accepte
                    || line.granted.is_some()
                    || line.excluded_at.is_some()
                    || !is_received
                {
                    return Ok::<_, StoreError>(());
                }
                if self.knows_grants(line.procedure) {
                    // Damaged, it has an alert of its own.
                    let Ok(judged) = legible(reader.judged(line.number))? else { return Ok(()) };
                    let absence = judged.as_ref().map(|judged| judged.subject.facts.get(FactName::GrantedAmount));
                    raised.push(about_grant(&line, absence.and_then(Result::err)));
                } else if self.follows(line.procedure) {
                    *without_amount.entry(line.procedure).or_default() += 1;
                }
                Ok(())
            })?;
            for (number, rule, explanation) in reader.breaches()? {
                if is_excluded(standings, number) {
                    continue;
                }
                let explanation =
                    if explanation == ERASED { "non respectée (l’explication est effacée)" } else { &explanation };
                raised.push(Raised {
                    key: format!("{PREFIX}control:{number}:{rule}"),
                    message: format!("dossier {number}, règle {rule} : {explanation}"),
                    hint: format!("voyez « fitn dossier {number} »"),
                });
            }
            Ok(())
        })?;
        raised.extend(strange.into_iter().map(|((procedure, code), numbers)| {
            Raised {
                key: format!("{PREFIX}state:{procedure}:{code}"),
                message: format!(
                    "démarche {procedure} : {} dans un état que cette version ne connaît pas (« {code} ») : {}",
                    counted(numbers.len(), "dossier", "dossiers"),
                    numbers.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ")
                        + if numbers.len() > NAMED { "…" } else { "" }
                ),
                hint:
                    "mettez le connecteur à jour ; d’ici là, ce qui dépend de l’état de ces dossiers reste à vérifier"
                        .to_owned(),
            }
        }));
        raised.extend(without_amount.into_iter().map(|(procedure, number)| Raised {
            key: format!("{PREFIX}grants:{procedure}"),
            message: format!(
                "démarche {procedure} : {}, aucun montant accordé n’est lu",
                counted(number, "dossier accepté", "dossiers acceptés")
            ),
            hint: "associez le fait granted_amount à l’annotation du montant accordé".to_owned(),
        }));
        Ok(raised)
    }

    /// Whether the mapping of a followed démarche says where the amount granted is.
    fn knows_grants(&self, procedure: ProcedureNumber) -> bool {
        self.procedures.iter().any(|followed| {
            followed.number == procedure && followed.mapping.facts().any(|fact| fact == FactName::GrantedAmount)
        })
    }
}

/// An attribution without amount: left blank by the instructors, or not to be read, which another alert may explain.
fn about_grant(line: &DossierLine, absence: Option<&Absence>) -> Raised {
    let number = line.number;
    let key = format!("{PREFIX}grant:{number}");
    match absence {
        _ if line.removed.is_some() => Raised {
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
        Some(absence) if absence.hides_an_answer() => Raised {
            key,
            message: format!("dossier {number} : accepté, et son montant accordé ne peut pas être lu ({absence})"),
            hint: format!("voyez « fitn dossier {number} »"),
        },
        _ => Raised {
            key,
            message: format!("dossier {number} : accepté sans montant accordé connu"),
            hint: "renseignez l’annotation du montant accordé sur DS".to_owned(),
        },
    }
}

/// Who decided or corrected is not said: alerts are sent and logged.
fn about_lost(lost: Lost) -> Raised {
    match lost {
        Lost::Decision(number, dropped) => {
            let why = if dropped.changed.is_empty() {
                "la règle ne s’applique plus à ce dossier".to_owned()
            } else {
                format!("ce que la règle lit a changé ({})", dropped.changed.join(", "))
            };
            let rule = dropped.rule;
            Raised {
                key: format!("{PREFIX}decision:{number}:{rule}"),
                message: format!("dossier {number}, règle {rule} : la décision d’un agent ne compte plus, {why}"),
                hint: format!(
                    "voyez « fitn dossier {number} », puis décidez de nouveau, ou retirez la décision :\nfitn decide {number} --rule {rule} --withdraw --reason \"MOTIF\" --by \"NOM\""
                ),
            }
        }
        Lost::Correction(number, target) => Raised {
            key: format!("{PREFIX}correction:{number}:{target}"),
            message: format!(
                "dossier {number} : la correction de {target} ne compte plus, le champ corrigé a changé sur DS"
            ),
            hint: format!(
                "voyez « fitn dossier {number} », puis corrigez de nouveau, ou retirez la correction :\nfitn correct {number} {} --withdraw --reason \"MOTIF\" --by \"NOM\"",
                target.options()
            ),
        },
    }
}
