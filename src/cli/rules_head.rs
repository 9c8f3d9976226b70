//! What stands at the head of `fitn rules`: the guide, and the words that the rules share.

use serde::Serialize;

use crate::domain::verdict::{RuleKind, Status, VerdictValue};
use crate::rules::guide::{self, Slip};

/// The guide that the rules apply.
#[derive(Debug, Serialize)]
pub struct Guide {
    pub title: &'static str,
    pub edition: &'static str,
    /// Slips in words that are quoted.
    pub slips: &'static [Slip],
    /// What it says in two ways.
    pub contradictions: &'static [&'static str],
}

/// The guide.
pub const GUIDE: Guide =
    Guide { title: guide::TITLE, edition: guide::EDITION, slips: guide::SLIPS, contradictions: guide::CONTRADICTIONS };

/// A word and what it means here, in French.
#[derive(Debug, Serialize)]
pub struct Definition {
    /// The code that programs read; none for a word of people alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    pub term: String,
    pub meaning: &'static str,
}

/// What the natures of rules mean for a dossier.
#[must_use]
pub fn kinds() -> Vec<Definition> {
    let of = |kind: RuleKind, meaning| Definition { code: Some(kind.code()), term: kind.label().to_owned(), meaning };
    [
        (RuleKind::Blocking, "non respectée, elle rend le dossier non éligible ; à vérifier, elle le laisse à vérifier"),
        (RuleKind::Review, "à vérifier ou non respectée, elle laisse le dossier à vérifier"),
        (RuleKind::Amount, "calcule un montant ; un montant qui ne peut pas être calculé, ou qui est douteux, laisse le dossier à vérifier"),
        (RuleKind::Priority, "dit si le dossier est prioritaire, jamais une faute ; sans effet sur le statut"),
        (RuleKind::Control, "contrôle une décision prise : un écart donne une alerte, et paraît dans les rapports ; sans effet sur le statut"),
        (RuleKind::Information, "est montrée ; sans effet sur le statut"),
    ]
    .map(|(kind, meaning)| of(kind, meaning))
    .into()
}

/// What the verdicts of a rule mean.
#[must_use]
pub fn verdicts() -> Vec<Definition> {
    [
        (VerdictValue::Met, "les faits sont là et satisfont la règle"),
        (VerdictValue::NotMet, "les faits sont là et ne la satisfont pas"),
        (
            VerdictValue::ToReview,
            "un fait manque, est douteux ou se lit de deux façons, un paramètre n’a pas de valeur ce jour-là, ou le guide laisse juger un agent",
        ),
        (VerdictValue::NotApplicable, "la règle ne concerne pas le dossier, ou pas encore"),
    ]
    .map(|(verdict, meaning)| Definition { code: Some(verdict.code()), term: names(verdict), meaning })
    .into()
}

/// `non respectée (priorité : non prioritaire)`.
fn names(verdict: VerdictValue) -> String {
    let kinds = [RuleKind::Amount, RuleKind::Priority, RuleKind::Information];
    let own = kinds.into_iter().filter(|kind| verdict.label_of(*kind) != verdict.label());
    let own: Vec<String> = own.map(|kind| format!("{} : {}", kind.label(), verdict.label_of(kind))).collect();
    if own.is_empty() { verdict.label().to_owned() } else { format!("{} ({})", verdict.label(), own.join(" ; ")) }
}

/// What the verdicts of a dossier add up to, the first that applies.
#[must_use]
pub fn statuses() -> Vec<Definition> {
    [
        (Status::NonEligible, "une condition bloquante au moins (B) est non respectée"),
        (
            Status::AVerifier,
            "sinon, une condition bloquante (B), un examen (R) ou un calcul (A) au moins est à vérifier, ou un examen (R) est non respecté",
        ),
        (Status::Eligible, "sinon"),
    ]
    .map(|(status, meaning)| Definition { code: Some(status.code()), term: status.label().to_owned(), meaning })
    .into()
}

/// The other words that rules share.
#[must_use]
pub fn terms() -> Vec<Definition> {
    [
        (
            "fait nécessaire",
            "sans lui, la règle n’est jamais respectée ; ce que DS n’a pas donné n’est pas reproché au demandeur, mais à relire sur DS",
        ),
        (
            "interprétation",
            "ce que le guide laisse ouvert et qu’une règle ou un réglage tranche : chaque règle concernée le dit",
        ),
        (
            "réglage",
            "paramètre que le guide ne donne pas : la préfecture peut le changer dans un fichier de [rules] parameters",
        ),
        (
            "décision d’un agent",
            "enregistrée sur une règle, elle remplace son avis et reste visible comme telle ; elle tombe, avec une alerte, quand les faits que la règle lit changent",
        ),
        (
            "demande en cours",
            "dossier qui compte dans les règles entre dossiers : ni refusé, ni classé sans suite, ni écarté par un agent, ni retiré de DS ; un dossier accepté reste en cours même retiré de DS",
        ),
        (
            "ordre des décisions",
            "les attributions s’ajoutent dans l’ordre de la date de commission, à défaut de la date de traitement sur DS, puis du numéro de dossier ; seuls les dossiers acceptés comptent, pour leur montant accordé",
        ),
        (
            "attribution sans montant",
            "dossier accepté dont le montant accordé n’est pas connu : les sommes qui l’attendent sont des minimums",
        ),
        (
            "valeur d’un paramètre",
            "celle du jour que dit la règle : du dépôt à Paris, ou de la décision (date de commission, à défaut de traitement sur DS, à défaut du dépôt)",
        ),
        ("montants", "exacts au centime ; une part d’un montant est arrondie au centime inférieur"),
    ]
    .map(|(term, meaning)| Definition { code: None, term: term.to_owned(), meaning })
    .into()
}
