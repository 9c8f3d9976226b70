//! Why an operation fails.

use std::path::PathBuf;

use crate::attachments::AttachmentError;
use crate::delivery::{LogError, Trouble};
use crate::domain::dossier::DossierNumber;
use crate::domain::period::french_code;
use crate::evaluation::EvaluationError;
use crate::files::refusal_in_french;
use crate::reports::ReportError;
use crate::store::{BackupError, RestoreError, StoreError};
use crate::sync::SyncError;

/// A failure of an operation.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The sync itself.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The evaluation.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The contents of attached files.
    #[error(transparent)]
    Attachments(#[from] AttachmentError),
    /// A list or report cannot be written out.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// No message can be made, or the mail server cannot be used.
    #[error(transparent)]
    Delivery(#[from] Trouble),
    /// The log of what was sent.
    #[error(transparent)]
    SendLog(#[from] LogError),
    /// No backup was made.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The database is copied, but not all that lies beside it.
    #[error("la base est sauvegardée dans {}, mais pas tout ce qui l’accompagne : {reason}", file.display())]
    BackupIncomplete {
        /// The copy.
        file: PathBuf,
        /// What went wrong, in French.
        reason: String,
        /// What to do, in French.
        hint: String,
    },
    /// Nothing was restored.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// No démarche of the programmes that the document is about is configured.
    #[error("aucune démarche du programme « {0} » n’est suivie")]
    NothingFollowed(&'static str),
    /// A démarche was never read to the end: the document would be incomplete.
    #[error("les dossiers n’ont pas encore été lus en entier : il en manquerait dans {0}")]
    NeverSynced(&'static str),
    /// The period had not begun when DS was last read.
    #[error("la période {} n’a pas commencé, à la date de la dernière lecture de DS", french_code(.0))]
    NotBegun(String),
    /// A correction of what is not final.
    #[error("rien à corriger pour {} : le document ne serait pas définitif, {reason}", french_code(period))]
    NotFinal {
        /// The period.
        period: String,
        /// Why it is not final, in French.
        reason: String,
        /// What would make it final, in French, where that is known.
        hint: Option<String>,
    },
    /// What a person asked to record cannot be.
    #[error("{message}")]
    Refused {
        /// Why, in French.
        message: String,
        /// What to do, in French.
        hint: String,
    },
    /// It was received, and not judged yet.
    #[error("le dossier {0} n’a pas encore été évalué")]
    NotEvaluated(DossierNumber),
    /// Files of a kept document are damaged in the database; those that are not were written.
    #[error(
        "document conservé illisible dans la base, ses octets ne sont plus ceux de son empreinte SHA-256 : {0} ; les autres \
         fichiers du document sont écrits"
    )]
    Damaged(String),
    /// A file cannot be written.
    #[error("le fichier {path} ne peut pas être écrit : {}", refusal_in_french(source))]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl DeskError {
    /// Nothing is known of a dossier.
    #[must_use]
    pub fn unknown(number: DossierNumber) -> Self {
        Self::Refused {
            message: format!("le dossier {number} n’est pas connu ici"),
            hint: "vérifiez son numéro, et que sa démarche est suivie ; « fitn dossiers » donne la liste".to_owned(),
        }
    }

    /// DS announced a dossier that it could not give.
    #[must_use]
    pub fn quarantined(number: DossierNumber, reason: &str) -> Self {
        Self::Refused {
            message: format!("le dossier {number} est en quarantaine, rien n’en a été reçu : {reason}"),
            hint: "« fitn quarantine retry » le redemande à DS".to_owned(),
        }
    }

    /// What the operator can do, in French.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Sync(error) => error.hint().to_owned(),
            Self::Store(error) | Self::Evaluation(EvaluationError::Store(error)) => {
                error.hint().to_owned()
            }
            Self::Attachments(error) => error.hint().to_owned(),
            Self::Evaluation(EvaluationError::Content { number, .. }) => {
                format!("relancez « fitn sync --full » ; si cela se répète, signalez-le avec le numéro {number}")
            }
            Self::Delivery(trouble) => trouble.hint().to_owned(),
            Self::SendLog(LogError::Busy) => "réessayez dans un instant".to_owned(),
            Self::SendLog(LogError::File { .. }) => {
                "donnez au compte qui lance fitn le droit d’écrire ce fichier, et de la place ; rien n’est envoyé sans lui".to_owned()
            }
            Self::Evaluation(EvaluationError::OtherConfiguration) => {
                "si c’est la bonne (--config, $FITN_CONFIG), lancez « fitn evaluate », qui la prend en compte, puis recommencez".to_owned()
            }
            Self::Report(ReportError::Scratch(_)) => {
                "libérez-y de la place, ou nommez un autre répertoire par la variable TMPDIR, puis recommencez".to_owned()
            }
            Self::Report(_) => "signalez-le avec le journal".to_owned(),
            Self::Backup(error) => error.hint().to_owned(),
            Self::Restore(error) => error.hint().to_owned(),
            Self::Refused { hint, .. } | Self::BackupIncomplete { hint, .. } => hint.clone(),
            Self::NotEvaluated(_) => "« fitn evaluate » évalue tout ce qui est enregistré".to_owned(),
            Self::NothingFollowed(_) => "ajoutez la démarche à la configuration, section [[procedures]]".to_owned(),
            Self::NeverSynced(_) => "lancez d’abord « fitn sync » jusqu’au bout".to_owned(),
            Self::NotBegun(_) => "choisissez une période passée ou en cours, ou lancez d’abord « fitn sync »".to_owned(),
            Self::NotFinal { hint, .. } => hint.clone().unwrap_or_else(|| "relancez sans « --revise »".to_owned()),
            Self::Damaged(_) => "reprenez-les dans le répertoire des exports, s’ils y sont encore, ou d’une sauvegarde ; sinon « --revise » établit une correction si quelque chose a changé depuis".to_owned(),
            Self::File { .. } => "vérifiez le dossier (clé « directory » de la section [exports], ou --out), ses droits et la place libre".to_owned(),
        }
    }
}
