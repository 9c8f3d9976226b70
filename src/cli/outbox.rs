//! `fitn outbox`: what is to be sent, what is held and why, what was sent and what the server answered.

use clap::{Args, Subcommand};

use super::printer::Progress;
use super::served::{Service, Told, Wanted, unexpected};
use super::{Context, Exit, Failure, outbox_view, signals, workplace};
use crate::desk::{Delivered, Desk, DeskError, Message};
use crate::domain::message::MessageState;

/// The arguments of `fitn outbox`.
#[derive(Debug, Args)]
pub struct OutboxArgs {
    /// Ce qu’il faut faire ; à défaut, la liste
    #[command(subcommand)]
    pub action: Option<OutboxAction>,
    /// Donne le résultat en JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum OutboxAction {
    /// Liste les messages et leur état
    List,
    /// Montre un message comme son destinataire le lira
    Show(MessageArgs),
    /// Envoie maintenant ce qui est à envoyer
    Send(SendArgs),
    /// Laisse partir un message retenu, ou réessaie un échec
    Release(MessageArgs),
    /// Retient un message à envoyer
    Hold(MessageArgs),
    /// Renonce à un message : il ne partira plus
    Cancel(MessageArgs),
}

/// Which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct MessageArgs {
    /// Le numéro du message, que donne la liste
    #[arg(value_name = "MESSAGE", value_parser = super::args::positive)]
    pub id: i64,
}

/// How to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct SendArgs {
    /// Montre ce qui partirait, sans rien envoyer
    #[arg(long)]
    pub dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a message that cannot be treated so, somebody else who is sending.
pub async fn run(args: OutboxArgs, context: &Context) -> Result<Exit, Failure> {
    let (config, text) = context.config_with_text()?;
    let shown = || workplace::shown(&config, context);
    let stored = || workplace::stored(&config, context);
    match args.action.unwrap_or(OutboxAction::List) {
        OutboxAction::List => {
            let messages = shown()?.messages()?;
            if args.json {
                context.printer.json(&messages.iter().map(outbox_view::document).collect::<Vec<_>>())?;
            } else {
                context.printer.text(&outbox_view::list(&messages, context.printer.width()))?;
            }
            Ok(Exit::Done)
        }
        OutboxAction::Show(MessageArgs { id }) => {
            let message = shown()?.shown_message(id)?;
            if args.json {
                context.printer.json(&outbox_view::shown_document(&message))?;
            } else {
                context.printer.text(&outbox_view::shown(&message, context.printer.width()))?;
            }
            Ok(Exit::Done)
        }
        OutboxAction::Send(SendArgs { dry_run: true }) => {
            let due = shown()?.messages_due(true)?;
            if args.json {
                context.printer.json(&due.iter().map(outbox_view::shown_document).collect::<Vec<_>>())?;
            } else {
                context.printer.text(&outbox_view::rehearsed(&due, context.printer.width()))?;
            }
            Ok(Exit::Done)
        }
        OutboxAction::Send(SendArgs { dry_run: false }) => {
            let delivered = match Service::of(&config, &text).await {
                Some(service) => match service.ask(Wanted::Send, context).await? {
                    Told::Delivered(delivered) => delivered,
                    _ => return Err(unexpected()),
                },
                None => send(&stored()?, context)?,
            };
            tell(&delivered, args.json, context)
        }
        OutboxAction::Release(MessageArgs { id }) => act(&args, stored()?.release_message(id), context),
        OutboxAction::Hold(MessageArgs { id }) => act(&args, stored()?.hold_message(id), context),
        OutboxAction::Cancel(MessageArgs { id }) => act(&args, stored()?.cancel_message(id), context),
    }
}

/// A person’s order does not wait for a pause to end.
fn send(desk: &Desk, context: &Context) -> Result<Delivered, Failure> {
    let stop = signals::stop();
    let progress = progress(context);
    Ok(desk.deliver(true, || stop.is_cancelled(), || progress.advance(1))?)
}

/// Shows how far sending has come.
pub(super) fn progress(context: &Context) -> Progress {
    context.printer.progress("envoi", None)
}

fn tell(delivered: &Delivered, as_json: bool, context: &Context) -> Result<Exit, Failure> {
    if as_json {
        context.printer.json(delivered)?;
    } else {
        context.printer.text(&outbox_view::delivered(delivered))?;
    }
    Ok(exit(delivered))
}

/// The worst of what became of the messages.
fn exit(delivered: &Delivered) -> Exit {
    match delivered {
        Delivered { failed: 1.., .. } => Exit::Failed,
        Delivered { postponed: 1.., .. } | Delivered { uncertain: 1.., .. } => Exit::TryLater,
        Delivered { held: 1.., .. } => Exit::InQuarantine,
        _ => Exit::Done,
    }
}

fn act(args: &OutboxArgs, done: Result<Message, DeskError>, context: &Context) -> Result<Exit, Failure> {
    let message = done?;
    if args.json {
        context.printer.json(&outbox_view::document(&message))?;
    } else {
        context.printer.text(&outbox_view::line(&message, context.printer.width()))?;
        message.progress.reasons.iter().for_each(|reason| context.printer.note(&format!("retenu : {reason}")));
    }
    let is_kept_back =
        matches!(args.action, Some(OutboxAction::Release(_))) && message.progress.state == MessageState::Retenu;
    if is_kept_back {
        context
            .printer
            .note("il attend encore : relisez-le, puis « fitn outbox release » une fois de plus le laisse partir");
    }
    Ok(if is_kept_back { Exit::InQuarantine } else { Exit::Done })
}
