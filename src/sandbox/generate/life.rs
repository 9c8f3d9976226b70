//! What the préfecture does with a dossier: instruction, opinion, decision, and the annotations that go with it.

use jiff::Timestamp;
use jiff::civil::{Date, date};

use super::draft::{Draft, END, day_after, later, working_hour};
use super::{ads, projects};
use crate::domain::dossier::DossierState;
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::sandbox::world::{Opinion, Value};

/// How far a dossier goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Filed.
    Filed,
    /// Being instructed.
    Instructed,
    /// Granted, with or without the amount in its annotation.
    Granted {
        /// Whether the amount is there.
        amount: bool,
    },
    /// Refused.
    Refused,
    /// Closed without action.
    Closed,
}

impl Fate {
    /// Draws one: two dossiers in five are granted.
    pub fn draw(rng: &mut fastrand::Rng) -> Self {
        match rng.u8(..100) {
            0..18 => Self::Filed,
            18..42 => Self::Instructed,
            42..82 => Self::Granted { amount: true },
            82..85 => Self::Granted { amount: false },
            85..93 => Self::Refused,
            _ => Self::Closed,
        }
    }
}

/// Lives a dossier to its fate.
pub fn live(draft: &mut Draft, fate: Fate) {
    if fate == Fate::Filed {
        return;
    }
    let instructed = later(draft.rng, draft.dossier.deposited_at, 3..15);
    draft.instruct(instructed);
    if draft.rng.bool() {
        draft.dossier.labels.insert("Complet".to_owned());
    }
    if draft.procedure.programme == Programme::Axe3V2 {
        let answer = later(draft.rng, instructed, 5..15);
        let text = "Avis favorable de la préfecture de département.".to_owned();
        draft.dossier.opinions.push(Opinion { asked_at: instructed, answer: Some((answer, text)) });
    }
    let committee = committee(draft, paris_date(instructed));
    let day = day_after(committee, 8);
    let decided = working_hour(draft.rng, day);
    match fate {
        Fate::Filed | Fate::Instructed => {}
        Fate::Granted { amount } => {
            granted(draft, committee, decided, amount);
            draft.decide(DossierState::Accepte, decided, None);
            follow_up(draft, decided, amount);
        }
        Fate::Refused => {
            draft.annotate("committee_date", Value::Date(committee), decided);
            draft.decide(DossierState::Refuse, decided, Some("Le projet n’entre pas dans le champ du fonds."));
        }
        Fate::Closed => {
            draft.decide(
                DossierState::SansSuite,
                decided,
                Some("Dossier resté sans réponse à nos demandes de pièces."),
            );
        }
    }
}

/// The committee that sees the dossier: those of volet 2 meet in July and October in 2021, then every two months ([M2]).
fn committee(draft: &mut Draft, instructed: Date) -> Date {
    if draft.procedure.programme == Programme::Axe3V2 {
        let meetings = [date(2021, 7, 8), date(2021, 10, 14), date(2022, 1, 13), date(2022, 3, 10)];
        let ready = day_after(instructed, 15);
        return meetings.into_iter().find(|day| *day >= ready).unwrap_or(END);
    }
    day_after(instructed, draft.rng.i64(12..45))
}

/// What the annotations hold before the letter goes: the région is told first ([M1-dép]).
fn granted(draft: &mut Draft, committee: Date, decided: Timestamp, amount: bool) {
    draft.annotate("committee_date", Value::Date(committee), decided);
    draft.annotate("region_informed_on", Value::Date(day_after(committee, 2)), decided);
    draft.annotate("notified_on", Value::Date(paris_date(decided)), decided);
    if amount {
        let grant = grant(draft);
        draft.annotate("granted_amount", Value::Decimal(grant), decided);
    }
}

fn grant(draft: &Draft) -> Cents {
    match draft.procedure.programme {
        Programme::Axe3V1Ads => ads::grant(draft),
        _ => projects::grant(draft),
    }
}

/// Agreement, engagement, payment, and for some the report and the evaluation.
fn follow_up(draft: &mut Draft, decided: Timestamp, amount: bool) {
    if !amount {
        return;
    }
    let grant = grant(draft);
    let signed = later(draft.rng, decided, 10..30);
    draft.annotate("agreement_on", Value::Date(paris_date(signed)), signed);
    let number = format!("2103{:06}", draft.dossier.number % 1_000_000);
    draft.annotate("ej", Value::Text(number), signed);
    draft.annotate("engaged_amount", Value::Decimal(grant), signed);
    if draft.rng.u8(..10) < 6 {
        let paid = later(draft.rng, signed, 20..60);
        draft.annotate("paid_amount", Value::Decimal(grant), paid);
        draft.annotate("paid_on", Value::Date(paris_date(paid)), paid);
        if draft.rng.bool() {
            let report = later(draft.rng, paid, 60..120);
            if paris_date(report) > END {
                return;
            }
            draft.annotate("activity_report_on", Value::Date(paris_date(report)), report);
            let [portage, impact] = [(); 2].map(|()| Value::Integer(draft.rng.i64(1..=5)));
            draft.annotate("score_portage", portage, report);
            draft.annotate("score_impact", impact, report);
            let evaluation = later(draft.rng, report, 10..30);
            if paris_date(evaluation) <= END {
                draft.annotate("evaluated_on", Value::Date(paris_date(evaluation)), evaluation);
            }
        }
    }
}
