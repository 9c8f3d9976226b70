//! `fitn about`: what is held on a person or a body, and where.

use clap::Args;

use super::about_document::Document;
use super::about_places::places;
use super::about_view::View;
use super::{Context, Exit, Failure, workplace};
use crate::domain::sought::Sought;

/// The arguments of `fitn about`.
#[derive(Debug, Args)]
pub struct AboutArgs {
    /// Un SIRET (ou un SIREN), un nom, une adresse, un numéro de téléphone : tous les mots dans le même texte, dans n’importe quel ordre, sans
    /// égard à la casse, aux accents et aux apostrophes
    #[arg(value_name = "SIRET|TEXTE")]
    pub text: Sought,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command. That nothing is held is an answer like another: the code is 0.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: AboutArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(&context.config()?, context)?;
    let places = places(&desk.retention, &desk.exports);
    if args.json {
        let mut document = Document::begin(args.text.text(), &context.printer)?;
        let unread = desk.about(&args.text, |about| document.add(&about))?;
        document.end(&unread, &places)?;
    } else {
        let mut view = View::begin(args.text.text(), &context.printer)?;
        let unread = desk.about(&args.text, |about| view.add(&about))?;
        view.end(&unread, &places)?;
    }
    Ok(Exit::Done)
}
