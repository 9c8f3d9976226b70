//! What is to be entered on DS after a committee, once its workbook is compared with what became of the dossiers since.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::DECIDED;
use super::answers::{Answer, Answers, Decision, Unusable};
use super::request::UNNAMED;
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::instant::{french_date, paris_date};
use crate::domain::money::Cents;
use crate::domain::period::{Period, Sitting};
use crate::domain::programme::Programme;
use crate::domain::text::{QUOTED, fold, quoted, shortened};
use crate::domain::verdict::Status;
use crate::reports::cell::shown;
use crate::reports::quarterly::A_PERSON;

/// What is known of a dossier today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its programme.
    pub programme: Programme,
    /// The département where it lies, where that is known.
    pub departement: Option<String>,
    /// Where it stands.
    pub state: DossierState,
    /// Why it waits for nothing, although nothing was decided: gone from DS, or set aside by a person.
    pub gone: Option<&'static str>,
    /// The day it was filed, in Paris.
    pub filed_on: Option<Date>,
    /// Who asks, where that is known.
    pub applicant: Option<String>,
    /// Where it is on DS.
    pub url: String,
    /// What the rules add up to.
    pub status: Option<Status>,
    /// Asked for.
    pub asked: Option<Cents>,
    /// The most that the rule of the programme gives.
    pub most: Option<Cents>,
    /// The amount granted, where one was entered on DS.
    pub granted: Option<Cents>,
    /// The credits that it would draw on.
    pub purse: Option<Purse>,
}

/// Credits that a dossier draws on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purse {
    /// With its article: `le droit de tirage du département 77`.
    pub named: String,
    /// What is left of them today.
    pub left: Cents,
}

/// What a committee decided, as its workbook says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decisions {
    /// Which committee.
    pub sitting: Sitting,
    /// What is to be entered on DS, in the order of the workbook.
    pub to_enter: Vec<ToEnter>,
    /// What was decided on DS since the workbook was made.
    pub since: Vec<Since>,
    /// Dossiers put off: nothing is to be entered.
    pub put_off: Vec<Answer>,
    /// Dossiers whose rows were left blank.
    pub left: Vec<DossierNumber>,
    /// Dossiers whose rows were taken out of the workbook.
    pub taken_out: Vec<DossierNumber>,
}

/// A decision to be entered on DS: none but [`Decision::Granted`] and [`Decision::Refused`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToEnter {
    /// What the workbook says.
    pub answer: Answer,
    /// Who asks, where that is known.
    pub applicant: Option<String>,
    /// Where the dossier is on DS.
    pub url: String,
    /// The région is to be told before the carrier is (M1-dép).
    pub is_announced_first: bool,
    /// What to look at before it is entered, in French.
    pub remarks: Vec<String>,
}

/// A dossier that was decided on DS, or went from there, since the workbook was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// What the workbook says.
    pub answer: Answer,
    /// Who asks, where that is known.
    pub applicant: Option<String>,
    /// Where the dossier is on DS.
    pub url: String,
    /// Where it stands.
    pub state: DossierState,
    /// The amount granted on DS.
    pub granted: Option<Cents>,
    /// DS says the same: nothing is left to do.
    pub is_as_decided: bool,
    /// What there is to know, in French.
    pub said: String,
}

/// What is to be done on DS. `known` has what is known of every dossier of the workbook.
///
/// # Errors
/// [`Unusable`]: dossiers that are not known here or of another département, days on which nobody can have decided.
pub fn settle(answers: Answers, known: &BTreeMap<DossierNumber, Known>, today: Date) -> Result<Decisions, Unusable> {
    let all = answers.decided.iter().map(|answer| answer.dossier);
    let all = all.chain(answers.left.iter().copied());
    let strangers = all.filter(|number| !known.get(number).is_some_and(|one| DECIDED.contains(&one.programme)));
    let strangers: Vec<String> = strangers.map(|number| number.to_string()).collect();
    if !strangers.is_empty() {
        return Err(Unusable::NotOurs(format!("ces dossiers ne sont pas connus ici : {}", strangers.join(", "))));
    }
    let here = &answers.sitting.departement;
    let elsewhere: Vec<String> = known
        .iter()
        .filter_map(|(number, one)| Some((number, one.departement.as_ref().filter(|code| *code != here)?)))
        .map(|(number, code)| {
            format!("le dossier {number} est du département {code}, le classeur se dit celui du {here}")
        })
        .collect();
    if !elsewhere.is_empty() {
        return Err(Unusable::Cells(elsewhere));
    }
    let wrong: Vec<String> = answers
        .decided
        .iter()
        .filter_map(|answer| {
            let why = out_of_reason(answer.on?, known.get(&answer.dossier)?.filed_on, today)?;
            Some(format!("ligne {}, dossier {} : {why}", answer.row, answer.dossier))
        })
        .collect();
    if !wrong.is_empty() {
        return Err(Unusable::Cells(wrong));
    }
    let Answers { sitting, decided, left, taken_out } = answers;
    let mut decisions =
        Decisions { sitting, to_enter: Vec::new(), since: Vec::new(), put_off: Vec::new(), left, taken_out };
    // What the rows before take from the same credits.
    let mut taken: BTreeMap<&str, Cents> = BTreeMap::new();
    for answer in decided {
        let Some(known) = known.get(&answer.dossier) else { continue };
        let is_pending = matches!(known.state, DossierState::EnConstruction | DossierState::EnInstruction);
        if !is_pending || known.gone.is_some() {
            decisions.since.push(since(answer, known));
        } else if answer.decision == Decision::PutOff {
            decisions.put_off.push(answer);
        } else {
            let mut remarks = remarks(&answer, known, &mut taken);
            remarks.extend(before_the_end(&answer, &decisions.sitting));
            decisions.to_enter.push(ToEnter {
                applicant: known.applicant.clone(),
                url: known.url.clone(),
                is_announced_first: known.programme == Programme::Axe3V1
                    && matches!(answer.decision, Decision::Granted(_)),
                remarks,
                answer,
            });
        }
    }
    Ok(decisions)
}

/// Why a committee cannot have decided on a day.
fn out_of_reason(on: Date, filed_on: Option<Date>, today: Date) -> Option<String> {
    if on > today {
        return Some(format!("le {} n’est pas encore passé : attendu, la date du comité", french_date(on)));
    }
    let filed_on = filed_on.filter(|filed_on| on < *filed_on)?;
    Some(format!(
        "le {} est antérieur au dépôt du dossier ({}) : attendu, la date du comité",
        french_date(on),
        french_date(filed_on)
    ))
}

/// A committee sits once the quarter that its workbook is about is over, but for a workbook made before.
fn before_the_end(answer: &Answer, sitting: &Sitting) -> Option<String> {
    let last_day = paris_date(sitting.quarter.closes_at());
    let on = answer.on.filter(|on| *on < last_day)?;
    Some(format!(
        "le comité du {} est antérieur à la fin du trimestre du classeur ({}) : vérifiez la date",
        french_date(on),
        french_date(last_day)
    ))
}

/// The carrier that a row names beside a number, where it is another one: rows that were sorted by one column alone.
fn of_another(answer: &Answer, known: &Known) -> Option<String> {
    // Of whom the workbook has no name, it says nothing.
    let is_named = |carrier: &&str| !["", UNNAMED, A_PERSON].contains(carrier);
    let carrier = Some(answer.carrier.as_str()).filter(is_named)?;
    let applicant = shortened(known.applicant.as_ref()?, QUOTED);
    let is_another = fold(&shown(carrier)) != fold(&shown(&applicant));
    is_another.then(|| {
        let (carrier, applicant) = (quoted(carrier), quoted(&applicant));
        format!("la ligne nomme {carrier}, le dossier est de {applicant} : vérifiez le numéro")
    })
}

/// What to look at before a decision is entered.
fn remarks<'a>(answer: &Answer, known: &'a Known, taken: &mut BTreeMap<&'a str, Cents>) -> Vec<String> {
    let mut remarks: Vec<String> = of_another(answer, known).into_iter().collect();
    if let Decision::Granted(amount) = answer.decision {
        if let Some(asked) = known.asked.filter(|asked| amount > *asked) {
            remarks.push(format!("au-delà du montant demandé ({asked})"));
        }
        if let Some(most) = known.most.filter(|most| amount > *most) {
            remarks.push(format!("au-delà du maximum de la règle ({most})"));
        }
        if let Some(entered) = known.granted.filter(|entered| *entered != amount) {
            remarks.push(format!("un autre montant est déjà saisi sur DS ({entered})"));
        }
        if let Some(Purse { named, left }) = &known.purse {
            let before = taken.entry(named.as_str()).or_default();
            let left = *left - *before;
            *before += amount;
            if amount > left {
                remarks.push(format!(
                    "au-delà des crédits : il reste {left} sur {named}, une fois servies les lignes d’avant"
                ));
            }
        }
        match known.status {
            Some(Status::NonEligible) => {
                remarks.push("accordé alors que les règles le disent non éligible".to_owned());
            }
            Some(Status::AVerifier) => {
                let dossier = answer.dossier;
                remarks.push(format!("les règles le laissent à vérifier : voyez « fitn dossier {dossier} »"));
            }
            Some(Status::Eligible) | None => {}
        }
    }
    if known.state == DossierState::EnConstruction {
        remarks.push("encore en construction : à passer en instruction d’abord".to_owned());
    }
    if answer.on.is_none() {
        remarks.push("la date du comité manque".to_owned());
    }
    remarks
}

/// What became of a dossier without the workbook.
fn since(answer: Answer, known: &Known) -> Since {
    let Known { state, granted, gone, .. } = known;
    let (is_as_decided, said) = match (gone, &answer.decision, state, granted) {
        (_, Decision::Granted(amount), DossierState::Accepte, Some(granted)) if amount == granted => {
            (true, format!("accepté sur DS pour {granted}, comme le classeur le dit"))
        }
        (_, Decision::Granted(amount), DossierState::Accepte, Some(granted)) => {
            (false, format!("accepté sur DS pour {granted}, alors que le classeur dit {amount} : à vérifier"))
        }
        (_, Decision::Granted(amount), DossierState::Accepte, None) => {
            (false, format!("accepté sur DS sans montant : il reste à saisir le montant accordé, {amount}"))
        }
        (_, Decision::Refused, DossierState::Refuse, _) => (true, "refusé sur DS, comme le classeur le dit".to_owned()),
        (Some(gone), decision, DossierState::EnConstruction | DossierState::EnInstruction, _) => {
            (false, format!("{gone}, alors que le classeur dit {} : rien à saisir", decision.label()))
        }
        (_, decision, state, _) => {
            let amount = granted.map_or_else(String::new, |granted| format!(" pour {granted}"));
            (
                false,
                format!(
                    "{} sur DS{amount}, alors que le classeur dit {} : à vérifier",
                    state.label(),
                    decision.label()
                ),
            )
        }
    };
    let (applicant, url) = (known.applicant.clone(), known.url.clone());
    Since { answer, applicant, url, state: state.clone(), granted: *granted, is_as_decided, said }
}

impl Decision {
    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Granted(_) => "accordé",
            Self::Refused => "refusé",
            Self::PutOff => "ajourné",
        }
    }

    /// For programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Granted(_) => "accorde",
            Self::Refused => "refuse",
            Self::PutOff => "ajourne",
        }
    }

    /// Of one that is granted.
    #[must_use]
    pub const fn amount(self) -> Option<Cents> {
        match self {
            Self::Granted(amount) => Some(amount),
            Self::Refused | Self::PutOff => None,
        }
    }
}
