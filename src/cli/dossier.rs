//! `fitn dossier N`: one dossier with every verdict explained.

use clap::Args;

use super::args::positive;
use super::attachments_view::AttachmentRow;
use super::dossier_view::{self, Page};
use super::{Context, Exit, Failure, workplace};
use crate::desk::Desk;
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::instant::paris_date;
use crate::domain::subject::Judged;
use crate::evaluation::{EvaluationError, content, legible};
use crate::rules::Credits;
use crate::store::StoreError;

/// The arguments of `fitn dossier`.
#[derive(Debug, Args)]
pub struct DossierArgs {
    /// Numéro du dossier
    #[arg(value_name = "N", value_parser = positive)]
    pub number: DossierNumber,
    /// Donne le dossier en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a dossier that is not known.
pub async fn run(args: DossierArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let desk = workplace::shown(&config, context)?;
    let line = desk.line(args.number)?;
    let (judged, journal, records, received, quarantine) = desk.store.read::<_, StoreError>(|reader| {
        Ok((
            legible(reader.judged(args.number))?,
            reader.journal(args.number)?,
            reader.attachments(args.number)?,
            content(reader, args.number)?,
            reader.quarantine_of(args.number)?,
        ))
    })?;
    // Nothing is left of it when it was erased.
    let filed = received.transpose();
    let (filed, unreadable) = filed.map_or_else(|reason| (None, Some(reason)), |filed| (filed, None));
    let (judged, unreadable) = judged.map_or_else(|reason| (None, Some(reason)), |judged| (judged, unreadable));
    let Some(judged) = judged else {
        if unreadable.is_none() && line.deposited_at.is_some() && line.erased_at.is_none() {
            let message = format_args!("le dossier {} n’a pas encore été évalué", args.number);
            return Err(Failure::failed(message).hint("« fitn evaluate » évalue tout ce qui est enregistré"));
        }
        if args.json {
            context.printer.json(&dossier_view::bare_json(line, quarantine.as_ref(), unreadable.as_deref()))?;
        } else {
            context.printer.text(&dossier_view::bare(&line, unreadable.as_deref()))?;
        }
        return Ok(Exit::Done);
    };
    let rows = desk.rows(&judged)?;
    let attachments = AttachmentRow::all(records, desk.attachments.contents());
    let credits = credits(&desk, &judged)?;
    let page = Page { judged, line, journal, rows, attachments, filed, unreadable, quarantine, credits };
    if args.json {
        context.printer.json(&dossier_view::json(&page))?;
    } else {
        context.printer.text(&dossier_view::text(&page))?;
    }
    Ok(Exit::Done)
}

/// What is left today of the credits that a pending dossier would draw on.
fn credits(desk: &Desk, judged: &Judged) -> Result<Option<Credits>, EvaluationError> {
    let subject = &judged.subject;
    if subject.removed.is_some() || !matches!(subject.state, DossierState::EnConstruction | DossierState::EnInstruction)
    {
        return Ok(None);
    }
    let (evaluator, today) = (&desk.evaluator, paris_date(desk.clock.now()));
    Ok(evaluator.credits(subject, today)?)
}
