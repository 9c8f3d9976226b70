//! The words by which a label of a form may announce a fact: what [`super::propose()`] goes by. Only for proposals
//! that a person reads again.

use crate::domain::champ::ChampKind;
use crate::domain::fact::FactName;
use crate::domain::text::fold;

/// Beginnings of words, each line one way to say it; all the beginnings of a line are needed.
type Ways = &'static [&'static str];

/// The sections in which a fact is expected, the likelier first.
pub(super) const fn sections(fact: FactName) -> &'static [ChampKind] {
    use FactName as F;
    match fact {
        F::RateException
        | F::GrantedAmount
        | F::EngagedAmount
        | F::PaidAmount
        | F::CommitteeDate
        | F::NotifiedOn
        | F::RegionInformedOn
        | F::AgreementOn
        | F::PaidOn
        | F::ActivityReportOn
        | F::EvaluatedOn
        | F::Ej
        | F::Scores => &[ChampKind::Annotation],
        F::ProjectFramework | F::EligibleExpenses | F::Feedback => &[ChampKind::Champ, ChampKind::Annotation],
        _ => &[ChampKind::Champ],
    }
}

/// The ways in which a label may announce a fact.
pub(super) const fn ways(fact: FactName) -> Ways {
    use FactName as F;
    match fact {
        F::ApplicantType => &[
            "depos tant",
            "type demandeur",
            "qualite demandeur",
            "statut demandeur",
            "nature demandeur",
            "nature porteur",
            "vous etes",
            "vous represent",
        ],
        F::AttachedCommunes => {
            &["commune rattach", "commune couvert", "commune adher", "commune membre", "liste commune", "commune"]
        }
        F::Invoices => &["facture", "justificatif depense", "justificatif"],
        F::Expenses => &["depense", "poste depense", "detail cout", "plan financement", "budget"],
        F::EligibleExpenses => &["depense eligible", "montant depense", "total depense"],
        F::Theme => &["theme", "thematique"],
        F::ProjectTitle => &["titre projet", "intitule projet", "nom projet", "intitule", "titre"],
        F::ProjectSummary => &["resume", "descri projet", "presentation projet", "synthese", "objet projet"],
        F::TotalCost => &["cout total", "cout previsionnel", "cout projet", "budget total", "montant total"],
        F::RequestedAmount => &["montant demand", "subvention demand", "montant sollicit", "subvention sollicit"],
        F::ProjectStart => &["date debut", "debut projet", "date demarrage", "demarrage", "date lancement"],
        F::ProjectEnd => &["date fin", "fin projet", "date achevement", "achevement", "fin previsionnel"],
        F::AlreadyEngaged => &["deja engag", "engag", "deja commenc", "deja demarr"],
        F::ProjectDepartement => &["departement projet", "departement realisation", "lieu realisation", "departement"],
        F::EquipmentPurpose => &["finalite equipement", "equipement", "utilite equipement", "finalite materiel"],
        F::Lab => &["laboratoire", "labo", "lab"],
        F::StateContract => &["contrat etat", "contractu", "contrat"],
        F::Population => &["population", "nombre habitant"],
        F::Service => &["service raccord", "service deploy", "franceconnect api", "type service", "service"],
        F::TargetUsers => &["nombre usager", "nombre utilisateur", "usager vis", "utilisateur cible", "usager"],
        F::AgentsTrained => &["nombre agent", "agent form", "agent"],
        F::SupportWanted => &["accompagnement souhait", "accompagnement", "attente"],
        F::Feedback => &["retour experience", "retour", "bilan", "remarque"],
        F::RateException => &["taux exception", "derogation taux", "exception"],
        F::GrantedAmount => {
            &["montant accord", "subvention accord", "aide accord", "somme accord", "attribu", "octroy", "allou"]
        }
        F::EngagedAmount => &["montant engag", "engagement montant", "engag"],
        F::PaidAmount => &["montant pay", "montant vers", "montant mandat", "pay", "vers"],
        F::CommitteeDate => &["date commission", "date comite", "commission", "comite"],
        F::NotifiedOn => &["date notification", "notifi"],
        F::RegionInformedOn => &["information region", "region inform", "date region", "region"],
        F::AgreementOn => &["date convention", "convention", "date signature"],
        F::PaidOn => &["date paiement", "date versement", "pay", "vers"],
        F::ActivityReportOn => &["bilan activite", "date bilan", "bilan", "rapport activite"],
        F::EvaluatedOn => &["date evaluation", "evalu"],
        F::ProjectFramework => &["cadre projet", "cadre", "projet commun"],
        F::Ej => &["engagement juridique", "numero ej", "ej"],
        F::Scores => &["note", "grille evaluation", "score"],
    }
}

/// The ways in which a column may announce a column of the expenses.
pub(super) fn expense_column_ways(column: &str) -> Ways {
    match column {
        "nature" => &["nature", "type depense", "categorie", "type", "poste"],
        "amount" => &["montant ht", "montant", "cout", "prix"],
        "origin" => &["origine", "editeur", "provenance", "pays"],
        "date" => &["date"],
        _ => &[],
    }
}

/// The ways in which an annotation may announce the mark of a criterion.
pub(super) fn criterion_ways(criterion: &str) -> Ways {
    match criterion {
        "portage" => &["note portage", "portage"],
        "equipe" => &["note equipe", "equipe"],
        "impact" => &["note impact", "impact"],
        "extension" => &["note extension", "extension", "modele economique"],
        "impact_direct" => &["impact direct", "impact induit"],
        _ => &[],
    }
}

/// Words that announce nothing, folded.
const SMALL_WORDS: [&str; 20] = [
    "de", "du", "des", "d", "la", "le", "les", "l", "a", "au", "aux", "et", "en", "un", "une", "votre", "vos", "que",
    "il", "est",
];

/// How plainly a label announces something: 0 not at all, more for more words said and fewer beside them.
pub(super) fn announces(label: &str, ways: Ways) -> usize {
    let words: Vec<String> = words(label).into_iter().filter(|word| !SMALL_WORDS.contains(&word.as_str())).collect();
    let said = ways.iter().filter(|way| says(&words, way)).map(|way| way.split(' ').count()).max().unwrap_or_default();
    if said == 0 { 0 } else { said * 300 + said * 1000 / words.len().max(1) }
}

/// Whether all the beginnings of a way are beginnings of words; short ones and figures must be whole words.
pub(super) fn says(words: &[String], way: &str) -> bool {
    way.split(' ').all(|stem| words.iter().any(|word| word == stem || (stem.len() > 2 && word.starts_with(stem))))
}

/// The folded words of a label.
pub(super) fn words(label: &str) -> Vec<String> {
    label.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_label_announces_more_than_a_long_one() {
        let ways = ways(FactName::GrantedAmount);
        assert!(
            announces("Montant accordé", ways) > announces("Montant de la subvention accordée par la commission", ways)
        );
        assert_eq!(announces("Montant demandé", ways), 0);
        assert_eq!(announces("", ways), 0);
    }

    #[test]
    fn every_way_is_written_folded_and_without_small_words() {
        let facts = FactName::ALL.iter().flat_map(|fact| ways(*fact));
        for way in facts {
            assert_eq!(fold(way), *way);
            assert!(way.split(' ').all(|stem| !SMALL_WORDS.contains(&stem)), "{way}");
        }
    }
}
