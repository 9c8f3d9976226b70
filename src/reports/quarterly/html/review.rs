//! The drawing rights looked at from further: what the guide expects by a day, the first review, what each département could give.

use maud::{Markup, html};

use super::{money, share};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::text::counted;
use crate::reports::quarterly::{Margin, Milestone, QuarterlyReport, Review};

pub(super) fn review(report: &QuarterlyReport) -> Markup {
    html! {
        @if let Some(milestone) = &report.milestone { (expected(milestone)) }
        @if let Some(review) = &report.review { (first_review(review)) }
        @if !report.margins.is_empty() { (margins(&report.margins)) }
    }
}

fn expected(milestone: &Milestone) -> Markup {
    let Milestone { expected_by, reached, together } = milestone;
    html! {
        p {
            "Le guide prévoit la consommation des crédits avant la fin du trimestre qui s’achève le " (french_date(*expected_by)) " : "
            @if *reached { "ce jour-là" } @else { "à la date d’arrêté" }
            ", " (together.granted) " étaient accordés sur " (money(together.right)) ", soit " (share(together.share())) "."
        }
    }
}

fn first_review(review: &Review) -> Markup {
    let day = french_date(review.on);
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Premier bilan au " (day) } {
            table {
                caption { "Premier bilan de la consommation des crédits, au " (day) }
                thead {
                    tr {
                        th scope="col" { "Département" }
                        th.number scope="col" { "Droit de tirage" }
                        th.number scope="col" { "Accordé" }
                        th.number scope="col" { "Reste" }
                        th.number scope="col" { "Part accordée" }
                    }
                }
                tbody {
                    @for line in &review.lines {
                        tr {
                            th.place scope="row" { @if let Some(code) = &line.departement { (code) " – " } (line.label) }
                            td.number { (money(line.right)) }
                            td.number { (line.granted) }
                            td.number { (money(line.left())) }
                            td.number { (share(line.share())) }
                        }
                    }
                }
            }
        }
        @if review.undated > 0 {
            p.alert { (counted(review.undated, "attribution", "attributions")) " sans date de décision : hors de ce bilan." }
        }
    }
}

fn margins(margins: &[Margin]) -> Markup {
    let sum = |wanted: &dyn Fn(Cents) -> bool| -> Cents {
        margins.iter().map(Margin::margin).filter(|margin| wanted(*margin)).sum()
    };
    let (free, needed) = (sum(&|margin| margin > Cents::ZERO), -sum(&|margin| margin < Cents::ZERO));
    html! {
        div.scroll tabindex="0" role="region" aria-label="Marges et besoins des départements" {
            table {
                caption { "Fongibilité : ce qui reste à chaque département une fois servies les demandes en attente" }
                thead {
                    tr {
                        th scope="col" { "Département" }
                        th.number scope="col" { "Reste" }
                        th.number scope="col" { "Demandes en attente" }
                        th.number scope="col" { "Montant demandé" }
                        th.number scope="col" { "Marge ou besoin" }
                    }
                }
                tbody {
                    @for margin in margins {
                        tr {
                            th.place scope="row" { @if let Some(code) = &margin.departement { (code) " – " } (margin.label) }
                            td.number { (margin.left) }
                            td.number {
                                (margin.pending)
                                @if margin.without_amount > 0 { br; small { "dont " (margin.without_amount) " sans montant" } }
                            }
                            td.number { (margin.wanted) }
                            td.number.over[margin.margin() < Cents::ZERO] { (margin.margin()) }
                        }
                    }
                }
            }
        }
        p {
            "Montant demandé, dans la limite du maximum calculé, par les dossiers en construction ou en instruction qui ne sont pas non éligibles. "
            @if needed == Cents::ZERO {
                "Aucun département n’a besoin des crédits d’un autre."
            } @else {
                "Marges : " (free) " ; besoins : " (needed) " : une réallocation pourrait porter sur " (free.min(needed)) "."
            }
        }
    }
}
