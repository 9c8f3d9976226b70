//! A section of credits: the figures by département, the chart, and the dossiers that the figures sum.

use maud::{Markup, html};

use super::{anchor, chart, money, review, share};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::reports::quarterly::{Credit, DrawingNote, Grant, QuarterlyReport, Section};

pub(super) fn section(section: &Section, report: &QuarterlyReport) -> Markup {
    let id = anchor(section.programme);
    let rights = if section.programme == Programme::Axe3V1 { "Droit de tirage" } else { "Enveloppe" };
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (section.title) }
            @if let (Programme::Axe3V1, Some(guide)) = (section.programme, report.region.guide) {
                p { "Centre financier (Chorus) : " (guide.financial_centre) "." }
            }
            (figures(section, rights))
            @if section.programme == Programme::Axe3V1 {
                @if let Some(note) = report.drawing_note { (drawing_note(note)) }
                (chart::bars(section))
                (review::review(report))
            }
            (grants(section))
        }
    }
}

fn figures(section: &Section, rights: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label={ "Consommation des crédits, " (section.title) } {
            table {
                caption { "Consommation des crédits par département" }
                thead {
                    tr {
                        th scope="col" { "Département" }
                        @for heading in [
                            rights, "Demandes", "Attributions", "Accordé", "dont ce trimestre", "Engagé", "Payé", "Reste", "Part accordée",
                        ] {
                            th.number scope="col" { (heading) }
                        }
                        th scope="col" { "Épuisé à ce rythme le" }
                    }
                }
                tbody {
                    @for credit in &section.lines { tr { (cells(credit)) } }
                }
                tfoot {
                    tr { (cells(&section.total)) }
                    @for credit in &section.apart { tr.apart { (cells(credit)) } }
                }
            }
        }
        @if !section.apart.is_empty() {
            p { "Les lignes en italique ne sont pas comprises dans l’ensemble." }
        }
        @if section.total.without_amount > 0 {
            p.alert {
                (counted(section.total.without_amount, "attribution", "attributions")) " sans montant : le montant accordé est un minimum. Ce qui est alors engagé et payé est compté."
            }
        }
    }
}

fn cells(credit: &Credit) -> Markup {
    let exceeded = credit.left().is_some_and(|left| left < Cents::ZERO);
    html! {
        th.place scope="row" {
            @if let Some(code) = &credit.departement { (code) " – " }
            (credit.label)
        }
        td.number { (money(credit.right)) }
        td.number { (credit.requests) }
        td.number {
            (credit.grants)
            @if credit.without_amount > 0 { br; small { "+ " (credit.without_amount) " sans montant" } }
        }
        td.number { (credit.granted) }
        td.number {
            (credit.granted_in_quarter)
            @if let Some(trend) = credit.trend {
                br; small { (trend.label()) " (trimestre précédent : " (credit.granted_in_previous_quarter) ")" }
            }
        }
        td.number { (credit.engaged) }
        td.number { (credit.paid) }
        td.number.over[exceeded] { (money(credit.left())) @if exceeded { br; small { "dépassé" } } }
        td.number { (share(credit.share())) }
        td { (credit.outlook) }
    }
}

fn drawing_note(note: DrawingNote) -> Markup {
    html! {
        p {
            "Le guide donne " (note.total) " en tout ; la somme des droits de tirage fait " (note.rights)
            ". L’écart de " (note.difference()) " n’est attribué à aucun département."
        }
    }
}

fn grants(section: &Section) -> Markup {
    html! {
        @if section.grants.is_empty() {
            p { "Aucun dossier accepté à la date d’arrêté." }
        } @else {
            div.scroll tabindex="0" role="region" aria-label={ "Dossiers comptés, " (section.title) } {
                table {
                    caption { "Dossiers comptés : les montants derrière les chiffres" }
                    thead {
                        tr {
                            th scope="col" { "Dossier" }
                            th scope="col" { "Bénéficiaire" }
                            th scope="col" { "Département" }
                            th.number scope="col" { "Accordé" }
                            th.number scope="col" { "Engagé" }
                            th.number scope="col" { "Payé" }
                            th scope="col" { "Commission" }
                        }
                    }
                    tbody {
                        @for grant in section.grants.iter().filter(|grant| grant.apart.is_none()) { (grant_row(grant)) }
                    }
                    @if section.grants.iter().any(|grant| grant.apart.is_some()) {
                        tbody {
                            tr { th colspan="7" scope="rowgroup" { "Hors de ces sommes" } }
                            @for grant in section.grants.iter().filter(|grant| grant.apart.is_some()) { (grant_row(grant)) }
                        }
                    }
                }
            }
        }
    }
}

fn grant_row(grant: &Grant) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(grant.link) { (grant.number) } }
            td {
                (grant.beneficiary.as_deref().unwrap_or("nom inconnu"))
                @if let Some(day) = grant.removed_on { br; small { "retiré de DS le " (french_date(day)) } }
                @if let Some(apart) = grant.apart { br; small { (apart.label()) } }
            }
            td { (grant.departement.as_deref().unwrap_or("à préciser")) }
            td.number { @match grant.granted { Some(amount) => (amount), None => "sans montant" } }
            td.number { (money(grant.engaged)) }
            td.number { (money(grant.paid)) }
            td { @match grant.days.committee { Some(day) => (french_date(day)), None => "–" } }
        }
    }
}
