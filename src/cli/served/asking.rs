//! The command's side: asks the service, shows how it goes, and leaves it alone when it is interrupted.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::sync::mpsc::unbounded_channel;

use super::{Order, Told, Wanted};
use crate::cli::{Context, Failure, outbox, signals, sync};
use crate::config::Config;
use crate::daemon::Talk;
use crate::desk::Drawn;
use crate::files::{Unfinished, Written};

/// The longest answer, in bytes: the files of a document come in pieces.
const LONGEST_ANSWER: u64 = 1 << 26;

/// A service that lives on the database of the configuration.
pub struct Service {
    talk: Talk,
    configuration: String,
}

impl Service {
    /// Connects to it; none where there is none, or this account may not ask it: the command then does its work itself.
    pub async fn of(config: &Config, text: &str) -> Option<Self> {
        let talk = Talk::with_service(&config.database.path).await?;
        Some(Self { talk, configuration: config.fingerprint(text) })
    }

    /// Has something done, and shows how it goes.
    ///
    /// # Errors
    /// What the service met; another configuration than its own (exit code 2); being asked to stop (1): the service goes on.
    pub async fn ask(self, wanted: Wanted, context: &Context) -> Result<Told, Failure> {
        let Self { mut talk, configuration } = self;
        let process = talk.pid().map(|pid| format!(" (processus {pid})")).unwrap_or_default();
        let stop = signals::asked_to_stop();
        tokio::pin!(stop);
        let is_gone = || {
            Failure::try_later(format_args!("le service{process} s’est arrêté avant d’avoir répondu"))
                .hint("« fitn status » dit où il en est ; relancez la commande ensuite")
        };
        talk.say(&Order { configuration, wanted }).await.map_err(|_| is_gone())?;
        let (sender, receiver) = unbounded_channel();
        let answer = async {
            let (mut letters, mut files) = (None, Vec::new());
            let answer = loop {
                let told = tokio::select! {
                    told = talk.hear::<Told>(LONGEST_ANSWER) => told,
                    () = &mut stop => {
                        break Err(Failure::failed(format_args!(
                            "commande interrompue ; ce qu’elle a demandé au service{process} y continue"
                        ))
                        .hint("« fitn status » dit où il en est"));
                    }
                };
                match told {
                    // Nobody watches any more: that keeps nothing from being done.
                    Ok(Some(Told::Progress(progress))) => drop(sender.send(progress)),
                    Ok(Some(Told::Message)) => {
                        letters.get_or_insert_with(|| outbox::progress(context)).advance(1);
                    }
                    Ok(Some(Told::Joins)) => {
                        context
                            .printer
                            .note("une synchronisation est déjà en cours dans le service : c’est elle qui est suivie");
                    }
                    Ok(Some(Told::Waits)) => {
                        context
                            .printer
                            .note("une autre synchronisation est en cours dans le service ; celle-ci la suivra");
                    }
                    Ok(Some(Told::Begins)) => {}
                    Ok(Some(Told::Failed(failure))) => break Err(failure),
                    Ok(Some(Told::OtherConfiguration)) => break Err(other_configuration(&process, context)),
                    Ok(Some(Told::Piece { file, bytes })) => {
                        if let Err(failure) = take_in(&mut files, file, &bytes) {
                            break Err(failure);
                        }
                    }
                    Ok(Some(Told::Drawn(drawn))) => break whole(*drawn, files),
                    Ok(Some(told)) => break Ok(told),
                    Ok(None) => break Err(is_gone()),
                    Err(_) => break Err(unexpected()),
                }
            };
            drop(sender);
            answer
        };
        tokio::join!(answer, sync::show(receiver, context)).0
    }
}

/// Takes in some bytes of a file: of the last one, or of the next.
fn take_in(files: &mut Vec<Unfinished>, file: usize, bytes: &str) -> Result<(), Failure> {
    let bytes = BASE64_STANDARD.decode(bytes).map_err(|_| unexpected())?;
    if file == files.len() {
        files.push(Unfinished::new().map_err(Failure::failed)?);
    }
    // They come one after the other.
    let is_last = file + 1 == files.len();
    files.last_mut().filter(|_| is_last).ok_or_else(unexpected)?.add(&bytes).map_err(Failure::failed)
}

/// A document with its files, which came before it.
fn whole(drawn: Drawn, files: Vec<Unfinished>) -> Result<Told, Failure> {
    let contents: Result<Vec<Written>, _> = files.into_iter().map(Unfinished::finish).collect();
    let drawn = drawn.with(contents.map_err(Failure::failed)?).ok_or_else(unexpected)?;
    Ok(Told::Drawn(Box::new(drawn)))
}

/// An answer that this version does not know.
pub fn unexpected() -> Failure {
    Failure::failed("la réponse du service n’est pas comprise")
        .hint("il est sans doute d’une autre version que cette commande : « systemctl restart fitn »")
}

fn other_configuration(process: &str, context: &Context) -> Failure {
    let file = context.config_file().display();
    Failure::usage(format_args!("le service{process} tourne avec une autre configuration que {file}")).hint(
        "si elle a été modifiée, faites-la relire au service : « systemctl reload fitn » (ou le signal HUP) ; si c’en est une \
         autre, donnez celle du service par --config, ou arrêtez le service",
    )
}
