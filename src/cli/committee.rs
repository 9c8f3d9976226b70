//! `fitn committee`: what a committee decided, as its workbook says once it was filled in.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::paper::{Paper, hang};
use super::{Context, Exit, Failure, workplace};
use crate::domain::dossier::DossierNumber;
use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::period::Sitting;
use crate::domain::text::counted;
use crate::reports::committee::answers::{Answer, Decision};
use crate::reports::committee::{Decisions, Since, ToEnter};
use crate::territory;

/// The arguments of `fitn committee`.
#[derive(Debug, Args)]
pub struct CommitteeArgs {
    /// Ce qu’il faut faire
    #[command(subcommand)]
    pub action: CommitteeAction,
}

/// What to do with a committee’s workbook.
#[derive(Debug, Subcommand)]
pub enum CommitteeAction {
    /// Relit un classeur de comité rempli et dit ce qui est à saisir sur DS ; n’écrit rien
    Read(ReadArgs),
}

/// The arguments of `fitn committee read`.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// Le classeur ODS de « fitn export committee », rempli
    #[arg(value_name = "FICHIER.ods")]
    pub file: PathBuf,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command. Something is set aside where DS says otherwise than the workbook.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a workbook that cannot be.
pub async fn run(args: CommitteeArgs, context: &Context) -> Result<Exit, Failure> {
    let CommitteeAction::Read(ReadArgs { file, json }) = args.action;
    let decisions = workplace::shown(&context.config()?, context)?.committee_decisions(&file)?;
    if json {
        context.printer.json(&document(&decisions))?;
    } else {
        let mut out = Paper::new(context.printer.width());
        tell(&mut out, &decisions);
        context.printer.text(&out.into_text())?;
    }
    let differs = decisions.since.iter().any(|one| !one.is_as_decided);
    Ok(if differs { Exit::LeftToSee } else { Exit::Done })
}

/// `Seine-et-Marne (77), 3ᵉ trimestre 2021`.
pub(super) fn named(Sitting { departement, quarter }: &Sitting) -> String {
    let place = territory::departement(departement)
        .map_or_else(|| format!("département {departement}"), |known| format!("{} ({departement})", known.name));
    format!("{place}, {}", quarter.label())
}

fn tell(out: &mut Paper, decisions: &Decisions) {
    let Decisions { sitting, to_enter, since, put_off, left, taken_out } = decisions;
    hang(out, "", &format!("Comité départemental, {}", named(sitting)));
    title(out, "À saisir sur DS");
    if to_enter.is_empty() {
        out.push_str("  rien\n");
    }
    for ToEnter { answer, applicant, url, remarks, .. } in to_enter {
        hang(out, "  - ", &format!("{} : {}", dossier(answer, applicant.as_deref()), to_do(answer)));
        for remark in remarks {
            hang(out, "    attention : ", remark);
        }
        address(out, url);
    }
    if to_enter.iter().any(|one| one.is_announced_first) {
        hang(out, "  ", "Accepter sur DS écrit au porteur : pour les thèmes 1 à 3, informez d’abord la région.");
    }
    if !since.is_empty() {
        title(out, "Ce que DS dit déjà");
    }
    for Since { answer, applicant, url, said, .. } in since {
        hang(out, "  - ", &format!("{} : {said}", dossier(answer, applicant.as_deref())));
        address(out, url);
    }
    let put_off: Vec<DossierNumber> = put_off.iter().map(|answer| answer.dossier).collect();
    for (name, numbers) in [("Ajournés", &put_off), ("Sans décision", left), ("Lignes retirées du classeur", taken_out)]
    {
        if !numbers.is_empty() {
            let listed = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            title(out, name);
            hang(out, "  ", &format!("{} : {listed}", counted(numbers.len(), "dossier", "dossiers")));
        }
    }
}

fn title(out: &mut Paper, text: &str) {
    out.push('\n');
    out.push_str(text);
    out.push('\n');
}

/// Never broken: it is there to be followed.
fn address(out: &mut Paper, url: &str) {
    out.push_str("    ");
    out.push_str(url);
    out.push('\n');
}

fn dossier(answer: &Answer, applicant: Option<&str>) -> String {
    format!("dossier {}, {}", answer.dossier, applicant.unwrap_or("nom inconnu"))
}

/// What is to be done on DS.
fn to_do(answer: &Answer) -> String {
    let day = answer.on.map(|day| format!(" ; {} : {}", FactName::CommitteeDate.label(), french_date(day)));
    let what = match answer.decision {
        Decision::Granted(amount) => format!("accepter ; {} : {amount}", FactName::GrantedAmount.label()),
        Decision::Refused => "refuser".to_owned(),
        Decision::PutOff => "rien".to_owned(),
    };
    what + &day.unwrap_or_default()
}

fn document(decisions: &Decisions) -> Value {
    let Decisions { sitting, to_enter, since, put_off, left, taken_out } = decisions;
    let amount = |amount: Option<Cents>| amount.map(Cents::to_decimal_string);
    let answered = |answer: &Answer| {
        json!({
            "row": answer.row,
            "dossier": answer.dossier,
            "decision": answer.decision.code(),
            "amount": amount(answer.decision.amount()),
            "date": answer.on.map(|day| day.to_string()),
        })
    };
    let to_enter = to_enter.iter().map(|one| {
        let mut row = answered(&one.answer);
        row["applicant"] = json!(one.applicant);
        row["url"] = json!(one.url);
        row["remarks"] = json!(one.remarks);
        row
    });
    let since = since.iter().map(|one| {
        let mut row = answered(&one.answer);
        row["applicant"] = json!(one.applicant);
        row["url"] = json!(one.url);
        row["state"] = json!(one.state.code());
        row["granted"] = json!(amount(one.granted));
        row["agrees"] = json!(one.is_as_decided);
        row["message"] = json!(one.said);
        row
    });
    json!({
        "departement": sitting.departement,
        "quarter": sitting.quarter.to_string(),
        "to_enter": to_enter.collect::<Vec<_>>(),
        "decided_since": since.collect::<Vec<_>>(),
        "put_off": put_off.iter().map(answered).collect::<Vec<_>>(),
        "blank": left,
        "taken_out": taken_out,
    })
}
