//! `fitn outbox`: what is to be sent, what is held and why, what was sent and what the server answered.

use clap::{Args, Subcommand};

use super::printer::Progress;
use super::served::{Service, Told, Wanted, unexpected};
use super::{Context, Exit, Failure, outbox_view, signals, workplace};
use crate::desk::{Delivered, Desk, Message};
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
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum OutboxAction {
    /// Liste les messages et leur état
    List,
    /// Montre un message comme son destinataire le lira
    Show(MessageArgs),
    /// Envoie maintenant ce qui est à envoyer
    Send(SendArgs),
    /// Laisse partir des messages retenus, ou réessaie des échecs
    Release(MessagesArgs),
    /// Retient des messages à envoyer
    Hold(MessagesArgs),
    /// Renonce à des messages : ils ne partiront plus
    Cancel(MessagesArgs),
}

/// Which message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct MessageArgs {
    /// Le numéro du message, que donne la liste
    #[arg(value_name = "MESSAGE", value_parser = super::args::positive)]
    pub id: i64,
}

/// Which messages: all are treated so, or none where one cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct MessagesArgs {
    /// Les numéros des messages, que donne la liste
    #[arg(value_name = "MESSAGE", required = true, value_parser = super::args::positive)]
    pub ids: Vec<i64>,
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
        OutboxAction::Release(MessagesArgs { ids }) => {
            let messages = stored()?.release_messages(&ids)?;
            show(&messages, args.json, context)?;
            let is_kept_back = messages.iter().any(|message| message.progress.state == MessageState::Retenu);
            if is_kept_back {
                let again =
                    "ce qui attend encore est à relire ; « fitn outbox release », une fois de plus, le laisse partir";
                context.printer.note(again);
            }
            Ok(if is_kept_back { Exit::LeftToSee } else { Exit::Done })
        }
        OutboxAction::Hold(MessagesArgs { ids }) => {
            show(&stored()?.hold_messages(&ids)?, args.json, context)?;
            Ok(Exit::Done)
        }
        OutboxAction::Cancel(MessagesArgs { ids }) => {
            show(&stored()?.cancel_messages(&ids)?, args.json, context)?;
            Ok(Exit::Done)
        }
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
        Delivered { held: 1.., .. } => Exit::LeftToSee,
        _ => Exit::Done,
    }
}

/// Shows what became of messages that were acted on.
fn show(messages: &[Message], as_json: bool, context: &Context) -> Result<(), Failure> {
    if as_json {
        return context.printer.json(&messages.iter().map(outbox_view::document).collect::<Vec<_>>());
    }
    for message in messages {
        context.printer.text(&outbox_view::line(message, context.printer.width()))?;
        let is_held = message.progress.state == MessageState::Retenu;
        let reasons = message.progress.reasons.iter().filter(|_| is_held);
        reasons.for_each(|reason| context.printer.note(&format!("retenu : {reason}")));
    }
    Ok(())
}
