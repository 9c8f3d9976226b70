//! Alerts that evaluation finds: a mapping that no longer fits the form, decisions that break a control, grants without an
//! amount. Each is taken back when its cause is gone.

use jiff::Timestamp;

use super::{EvaluationError, Evaluator};
use crate::domain::dossier::DossierState;
use crate::domain::form::Form;
use crate::mapping::{self, Severity};
use crate::store::StoreError;

/// What the keys of this room's alerts begin with.
const PREFIX: &str = "evaluation:";

struct Raised {
    key: String,
    message: String,
    hint: String,
}

impl Evaluator {
    pub(super) fn raise_alerts(&self, forms: &[Option<Form>], now: Timestamp) -> Result<(), EvaluationError> {
        let mut raised = self.about_mappings(forms);
        raised.extend(self.about_decisions()?);
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

    fn about_decisions(&self) -> Result<Vec<Raised>, StoreError> {
        let mut raised = Vec::new();
        self.store.read::<_, StoreError>(|reader| {
            reader.dossier_lines(None, |line| {
                if line.state == DossierState::Accepte && line.removed.is_none() && line.granted.is_none() {
                    raised.push(Raised {
                        key: format!("{PREFIX}grant:{}", line.number),
                        message: format!("dossier {} : accepté sans montant accordé connu", line.number),
                        hint: "renseignez l’annotation du montant accordé sur DS".to_owned(),
                    });
                }
                Ok::<_, StoreError>(())
            })?;
            for (number, rule, explanation) in reader.breaches()? {
                raised.push(Raised {
                    key: format!("{PREFIX}control:{number}:{rule}"),
                    message: format!("dossier {number}, règle {rule} : {explanation}"),
                    hint: format!("voyez « fitn dossier {number} »"),
                });
            }
            Ok(())
        })?;
        Ok(raised)
    }
}
