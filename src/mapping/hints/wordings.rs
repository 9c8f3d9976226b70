//! The table of wordings, and what the label of each fact is never about.

use super::reading::Wording;
use super::sense::Sense;
use crate::domain::fact::{FactName, FactType};

/// The words of the programmes themselves, which say nothing more.
macro_rules! programme {
    () => {
        "fitn itn titre france relance demat ads transformation numerique"
    };
}

/// The wordings of a fact.
#[allow(clippy::too_many_lines, reason = "one table")]
pub(in crate::mapping) const fn wording(fact: FactName) -> Wording {
    use FactName as F;
    match fact {
        F::ApplicantType => Wording {
            plain: "depos* tant|titre; type|qualite|statut|nature|categorie|profil \
                demandeur|porteur|beneficiaire|candidat|deposant; etes; representez",
            vague: "type|statut structure|collectivite|etablissement|organisme",
            beside: "demande dossier projet aide subvention structure collectivite porteur",
            never: "prenom signataire adresse telephone courriel piece activite",
        },
        F::AttachedCommunes => Wording {
            plain: "commune \
                rattache|rattachement|adherent*|couvert*|instrui*|desservi*|beneficiaire|concerne|conventionne; \
                commune service|centre instruct*",
            vague: "commune membre; liste commune; commune",
            beside: "liste service centre instruct* instrui* mutualise ads autorisation urbanisme droit sols code insee \
                membre demande dont commune adherent* rattache nom",
            never: "siege naissance limitrophe voisin* population principal* epci interco* communaute groupement \
                metropole agglomeration syndicat departement region residence ancien* delegue postal* canton pays \
                habitant sorti* quitt*",
        },
        F::Invoices => Wording {
            plain: "facture; justificati* depense",
            vague: "justificati*",
            beside: "acquitte paye logiciel depense copie justificatif justificative piece prestation dematerialise \
                joindre joint relative projet operation achat correspondant* fournir",
            never: "proforma forma modele domicile identite rib estimati* attestation recette",
        },
        F::Expenses => Wording {
            plain: "depense; detail|poste|liste|ligne cout",
            vague: "cout; budget; achat; facture",
            beside: "detail detaille liste tableau poste ligne realise prevu previsionnel previsionnelle eligible plan \
                projet operation nature presente etat recapitulatif engage cout",
            never: "finance* cofinance* recette ressource subvention aide autre apport fonctionnement ineligible",
        },
        F::EligibleExpenses => Wording {
            plain: "depense|cout|montant|assiette|base|total eligible|subventionnable",
            vague: "depense retenu; assiette|base; total depense",
            beside: "depense cout montant total totale globale projet operation retenu euro eur ht ttc hors taxe \
                assiette base previsionnel previsionnelle presente",
            never: "nature liste detail subvention aide plafon* demande sollicite poste",
        },
        F::Theme => Wording {
            plain: "theme; thematique",
            vague: "volet",
            beside: "projet operation demande dossier choisi concerne vise guichet principal numero",
            never: "secondaire prioritaire formation atelier",
        },
        F::ProjectTitle => Wording {
            plain: "titre|intitule|nom|libelle projet|operation|action; titre|intitule candidature",
            vague: "titre|intitule|denomination; objet demande|projet|operation; nom teleservice|service|dossier",
            beside: "court complet projet operation action candidature presente",
            never: "porteur responsable referent chef directeur contact qualite civilite poste emploi marche prenom \
                pilote fonction demandeur signataire prestataire piece document fichier diplome axe bancaire \
                compte equipe partenaire beneficiaire maitre",
        },
        F::ProjectSummary => Wording {
            plain: "resume|resumez|resumer|description|descriptif|decrivez|decrire|presentation|presentez|presenter|synthese|expose \
                projet|operation|action|candidature; projet|operation|action|candidature quelque ligne|mot|phrase; consiste \
                projet|operation|action",
            vague: "resume|description|descriptif|presentation|synthese; objet|objectif projet|operation|action",
            beside: "succinct succincte succinctement bref breve brievement court courte synthetique detaille general \
                generale quelques lignes mots phrases maximum caractere resume decrivez decrire presentez presenter \
                objectif projet operation contexte global globale quoi",
            never: "financ* depense marche porteur structure collectivite equipe piece document difficulte partenaire \
                demandeur prestataire materiel equipement technique commune laboratoire territoire livrable gouvernance \
                pilotage risque resultat indicateur retombee",
        },
        F::TotalCost => Wording {
            plain: "cout|budget total|totale|global|complet|previsionnel|estimati*|estime; cout|budget \
                projet|operation|action; montant total|global \
                projet|operation|travaux|investissement|action|depense|budget; montant projet|operation; depense \
                totale|total",
            vague: "cout|budget; montant total|global|previsionnel; montant travaux; total depense",
            beside: "projet operation action previsionnel previsionnelle total totale global globale estime estimatif \
                euro eur ht ttc hors taxe toute comprise montant cout travaux depense complet",
            never: "subvention aide demande sollicite eligible subventionnable unitaire habitant annuel* \
                fonctionnement centre reste charge recette financ* autofinance* cofinance* apport ressource \
                participation unite journalier horaire evite econom* mensuel* accorde attribue annexe retenu \
                interne",
        },
        // Of amounts of money, several grants added up are another amount: their names are in the singular alone.
        F::RequestedAmount => Wording {
            plain: "montant|subvention!|aide!|financement!|somme|dotation!|participation!|concours! \
                demande|sollicite|souhaite|requis|requise",
            vague: "demande|sollicite",
            beside: concat!(
                programme!(),
                " subvention! aide! financement! dotation! etat total totale projet montant euro eur ht ttc \
                 financier financiere operation participation! presente"
            ),
            never: "autre detr dsil dsid fnadt feder fse europe* region* departement* conseil autofinance* cofinance* \
                financeur accorde attribue obtenu recu depense cout acompte avance solde paiement versement \
                prolongation organisme precede* anterieur* deja maximum plafon* modifi*",
        },
        F::ProjectStart => Wording {
            plain: "date debut|demarrage|lancement|commencement; debut|demarrage|commencement \
                projet|operation|travaux|action|execution|realisation|prevu|prevue",
            vague: "debut|demarrage|commencement|lancement",
            beside: "projet operation travaux action execution realisation prevu prevue prevision* estime effecti* mise \
                oeuvre souhaite envisage date reel reelle",
            never: "fin achevement naissance mandat instruction elig* convention marche consultation depot vigueur \
                contrat appel offre validite exercice abonnement formation contractu* limite cloture candidature \
                enquete etude avant",
        },
        F::ProjectEnd => Wording {
            plain: "date fin|achevement; fin|achevement \
                projet|operation|travaux|action|execution|realisation|prevu|prevue",
            vague: "fin|achevement|livraison|cloture|reception|termin*; mise service",
            beside: "projet operation travaux action execution realisation prevu prevue prevision* estime effecti* mise \
                oeuvre souhaite envisage date reel reelle",
            never: "debut demarrage commencement mandat convention marche contrat validite elig* instruction caducite \
                depot abonnement candidature appel garantie limite arrete demande dossier justificati* facture \
                versement formation piece etude",
        },
        F::AlreadyEngaged => Wording {
            plain: "deja engage|commence|debute|demarre|lance; commencement execution; projet|operation|travaux|action \
                engage|commence|debute|demarre",
            vague: "engage|commence|debute|demarre|lance",
            beside: "projet operation travaux action depense execution realisation fait objet ete deja jour depot \
                demande avant commencement",
            never: "quand depuis demarche contrat crte label* certification transition piece prealable subvention aide \
                financement juridique credit partenariat convention marche autre concertation reflexion",
        },
        F::ProjectDepartement => Wording {
            plain: "departement projet|operation|realisation|realise|implantation|execution; lieu \
                realisation|execution|implantation projet|operation",
            vague: "departement; lieu realisation|projet|implantation|execution",
            beside: "projet operation realise realisation mise oeuvre principal lieu departement",
            never: "naissance residence demandeur siege porteur prefecture prefet conseil numero subvention aide \
                finance* president instruct* domicile laboratoire autre",
        },
        F::EquipmentPurpose => Wording {
            plain: "finalite|utilite|usage|destination|utilisation equipement|materiel",
            vague: "equipement|materiel",
            beside: "achete acquis finance prevu principal principale numerique informatique objet",
            never: "liste devis marque type existant etat fournisseur maintenance",
        },
        F::Lab => Wording {
            plain: "laboratoire|labo|lab",
            vague: "tiers lieu",
            beside: "innovation territoriale territorial public publique partenaire nom designation associe implique \
                accompagnant soutient soutenant projet porte porteur mobilise",
            never: "analyse label commune departement role referentiel catalogue statut convention medical* souhait* \
                attente perenn* creation",
        },
        F::StateContract => Wording {
            plain: "contrat|contractu*|convention etat; crte; contrat relance",
            vague: "contrat|contractu*",
            beside: "etat relance transition ecologique crte projet inscrit inscrire cadre prioritaire signe finance \
                territorial territoire s contrat operation",
            never: "prestation prestataire travail maintenance assurance marche fournisseur licence embauche \
                apprentissage type engagement",
        },
        F::Population => Wording {
            plain: "population; nombre|nb|nbre habitant",
            vague: "habitant",
            beside: "municipale totale total insee legale commune collectivite territoire epci groupement couvert* \
                nombre habitant structure demandeur",
            never: "vise cible beneficiaire touche concerne scolaire* active age jeune part densite impacte usager \
                agent carre km2 potentiel* evolution variation",
        },
        F::Service => Wording {
            plain: "service raccord*|deploy*|connecte|souhaite|concerne|choisi|demande|vise; type \
                service|raccordement; franceconnect api",
            vague: "service; raccordement",
            beside: "api franceconnect national nationale type souhaite aide demande",
            never: "instruct* contact porteur nom responsable telephone informatique beneficiaire",
        },
        F::TargetUsers => Wording {
            plain: "nombre|nb|nbre usager|utilisateur|beneficiaire|citoyen vise|cible|concerne|touche|potentiel; \
                usager|utilisateur|beneficiaire vise|cible|concerne|touche",
            vague: "nombre|nb|nbre usager|utilisateur|beneficiaire|citoyen",
            beside: "projet service final finaux potentiel potentielle estime previsionnel vise cible usager \
                utilisateur nombre nb nbre concerne estimation",
            never: "agent satisf* interne formation forme heure jour commune part",
        },
        F::AgentsTrained => Wording {
            plain: "agent forme|former|formation",
            vague: "nombre|nb|nbre agent|stagiaire",
            beside: "nombre nb nbre service numerique collectivite commune projet beneficiaire concerne prevu suivre \
                suivi previsionnel territoriaux beneficiant",
            never: "heure jour session formateur module satisf* type organisme non effectif",
        },
        F::SupportWanted => Wording {
            plain: "accompagnement souhait*|attend*|voulu|espere|besoin; besoin|attente accompagnement; soutien \
                souhait*|attendu",
            vague: "accompagnement; attente; soutien",
            beside: "type forme nature souhait* etat prefecture service numerique part collectivite attend* besoin",
            never: "beneficie deja nom recu prestataire recours lettre",
        },
        F::Feedback => Wording {
            plain: "retour experience",
            vague: "retour; remarque; commentaire; suggestion; bilan",
            beside: "remarque commentaire suggestion libre eventuel* projet observation experience",
            never: "courrier dossier participer partage* comptable financier interne instruct* piece activite",
        },
        F::RateException => Wording {
            plain: "taux exceptionnel|derogatoire|majore|deroge; derogation|exception taux",
            vague: "derogation|exception|derogatoire",
            beside: "accord* 80 pourcentage financement subvention intervention octroye applique aide",
            never: "demande sollicite propose refus* marche",
        },
        F::GrantedAmount => Wording {
            plain: "montant|somme|subvention!|aide!|financement!|dotation!|participation! \
                accorde|attribue|octroye|alloue; montant|somme definitif|definitive subvention!|aide!; \
                subvention!|aide! definitive; montant|somme notifie",
            vague: "attribue|attribution|accorde|octroye|alloue; montant|subvention!|aide! \
                retenu|valide|arrete|final|finale|decide|notifie; montant|somme \
                subvention!|aide!|dotation!|financement!|fitn",
            beside: concat!(
                programme!(),
                " subvention! aide! dotation! financement! etat prefecture prefet definitif definitive total \
                 totale final finale projet beneficiaire comite commission montant euro eur ht ttc arrete"
            ),
            never: "demande sollicite propose proposition reste autre eligible precede* anterieur* acompte avance \
                solde engage paye verse mandate depense cout point credit autorisation prorogation prolongation \
                provisoire",
        },
        F::EngagedAmount => Wording {
            plain: "montant|somme|subvention!|ae engage; montant|somme engagement; credit engage; montant ej; \
                autorisation engagement engage",
            vague: "engage|engagement; ae; autorisation engagement",
            beside: concat!(
                programme!(),
                " chorus juridique engagement ej subvention! etat credit ae autorisation total totale montant \
                 euro eur"
            ),
            never: "paye verse mandate reste depense collectivite travaux porteur desengage* demande accorde propose \
                retrait",
        },
        F::PaidAmount => Wording {
            plain: "montant|somme|subvention!|aide! paye|verse|mandate|liquide|regle; montant|somme|total \
                paiement|versement|mandatement; total paye|verse|mandate",
            vague: "paye|verse|mandate|paiement|versement; cp",
            beside: concat!(
                programme!(),
                " chorus subvention! aide! etat credit paiement cp total totale montant euro eur cumule \
                 effectivement"
            ),
            never: "reste payer verser prevu previsionnel* demande engage accorde collectivite facture trop restant \
                rembours* reverse* depense porteur",
        },
        F::CommitteeDate => Wording {
            plain: "date|passage|examen|reunion|seance commission|comite; commission|comite \
                selection|departement*|validation",
            vague: "commission|comite|jury",
            beside: "passage date selection departement* ad hoc programmation attribution validation examen decision \
                reunion seance tenue fitn commission",
            never: "appel offre permanente convocation previsionnel* prevu prevue prochain* envoi cao suivi evaluation \
                technique suspens* technique membre",
        },
        F::NotifiedOn => Wording {
            plain: "notification|notifie",
            vague: "",
            beside: "date lettre courrier decision subvention arrete beneficiaire porteur demandeur collectivite \
                attribution attributi* accord",
            never: "marche previsionnel* prevu prevue limite prestataire titulaire refus rejet projet region \
                fournisseur europe* contrat recours",
        },
        F::RegionInformedOn => Wording {
            plain: "region inform*",
            vague: "region transmi*|saisine|envoi|accord; sgar inform*|transmi*|envoi",
            beside: "prefecture prefet date sgar projet prealable fait faite",
            never: "vote conseil commission comite subvention naissance",
        },
        F::AgreementOn => Wording {
            plain: "convention signe|signature; date convention",
            vague: "convention; date signature",
            beside: "date attributi* financement subvention attribution fitn signature signe prefet parties financiere",
            never: "fin echeance expiration envoi transmi* limite mutualisation adhesion debut effet previsionnel* \
                prevu prevue retour caducite reception arrete proces deliberation avenant marche bail stage",
        },
        F::PaidOn => Wording {
            plain: "paiement|versement|paye|verse|mandate|mandatement",
            vague: "liquidation|liquide",
            beside: "date subvention effecti* aide mise total totale",
            never: "previsionnel* prevu prevue limite demande reste facture collectivite prestataire loyer fournisseur \
                refus",
        },
        F::ActivityReportOn => Wording {
            plain: "bilan|rapport activite; reception bilan",
            vague: "bilan|rapport",
            beside: "date recu reception remise remis transmis transmission depot activite",
            never: "limite echeance previsionnel* prevu prevue attendu instruction relance analyse presentation \
                demande",
        },
        F::EvaluatedOn => Wording {
            plain: "evaluation|evalue",
            vague: "",
            beside: "date faite realise projet effectue",
            never: "previsionnel* prevu prevue limite besoin risque note comite environnementa*",
        },
        F::ProjectFramework => Wording {
            plain: "cadre|portage projet; projet mene|porte|commun|mutualise|partage",
            vague: "cadre",
            beside: "collecti* intervention projet realise",
            never: "juridique reglementaire marche reserve politique budgetaire contractu* contrat",
        },
        F::Ej => Wording {
            plain: "ej; engagement juridique",
            vague: "chorus",
            beside: "numero chorus reference ref juridique engagement num",
            never: "objet type tiers statut etat libelle demande service region fichier",
        },
        F::Scores => Wording { plain: "", vague: "", beside: "", never: "" },
    }
}

/// How a column of the expenses is worded.
pub(in crate::mapping) fn expense_column(column: &str) -> (Wording, &'static [Sense]) {
    use Sense::{Count, Date, Mark, Money, Negation, Number, Person, Promise, Rate, Reason, Unit};
    match column {
        "nature" => (
            Wording {
                plain: "nature; type|categorie|poste depense|achat|cout",
                vague: "type|categorie|poste|rubrique",
                beside: "depense achat cout prestation type poste",
                never: "justificati* financ* fournisseur editeur piece recette document",
            },
            &[Number, Date, Count, Rate, Person, Negation],
        ),
        "amount" => (
            Wording {
                plain: "montant; cout|prix total|totale|ht|ttc|euro; cout depense",
                vague: "cout|prix; total",
                beside: "ht ttc hors taxe toute comprise euro eur depense total totale facture achat ligne devis \
                    eligible previsionnel paye acquitte",
                never: "unitaire unite tva subvention aide financ* recette reste demande remise mensuel* annuel* \
                    participation autofinance* apport taxes inclus*",
            },
            &[Number, Person, Date, Rate, Count, Promise, Negation, Reason, Mark, Unit],
        ),
        "origin" => (
            Wording {
                plain: "siege|origine|provenance|nationalite editeur|logiciel|fournisseur; editeur ue|europe*|union",
                vague: "editeur; origine|provenance; pays",
                beside: "editeur ue hors union europe* pays logiciel situe social fournisseur",
                never: "nom fonds financ* ressource adresse raison produit recette",
            },
            &[Number, Date, Money, Count, Rate, Reason],
        ),
        "date" => (
            Wording {
                plain: "date facture|depense|achat|acquisition|devis; date",
                vague: "facture|depense",
                beside: "facture depense achat devis acquisition realisation prestation logiciel engagement",
                never: "fin debut limite validite expiration livraison prevu prevue",
            },
            &[Number, Count, Rate, Money, Reason, Negation],
        ),
        _ => (Wording { plain: "", vague: "", beside: "", never: "" }, &[]),
    }
}

/// How the mark of a criterion is worded.
pub(in crate::mapping) fn criterion(criterion: &str) -> (Wording, &'static [Sense]) {
    use Sense::{Date, Money, Person, Promise, Rate, Reason};
    macro_rules! mark {
        ($plain:expr, $vague:expr, $never:expr) => {
            Wording {
                plain: $plain,
                vague: $vague,
                beside: "note score critere point politique projet 3 4 5 10 20 1 2 modele economique utilisateur usager \
                    cible direct induit",
                never: $never,
            }
        };
    }
    let wording = match criterion {
        "portage" => mark!("note|score|critere|point portage", "portage", "maximum ponderation"),
        "equipe" => mark!("note|score|critere|point equipe", "equipe", "maximum ponderation taille"),
        "impact" => {
            mark!("note|score|critere|point impact", "impact", "maximum ponderation direct induit")
        }
        "extension" => {
            mark!("note|score|critere|point extension", "extension|essaimage", "maximum ponderation")
        }
        "impact_direct" => {
            mark!("note|score|critere|point impact direct|induit", "impact direct|induit", "maximum ponderation")
        }
        _ => Wording { plain: "", vague: "", beside: "", never: "" },
    };
    (wording, &[Date, Rate, Money, Reason, Person, Promise])
}

/// What the label of a fact is never about.
pub(super) const fn senses(fact: FactName) -> &'static [Sense] {
    use Sense::{Count, Date, Mark, Money, Negation, Number, Person, Promise, Rate, Reason, Unit};
    match (fact, fact.fact_type()) {
        (FactName::ProjectTitle | FactName::ProjectSummary, _) => &[Number, Date, Money, Promise, Negation],
        (FactName::Lab, _) => &[Number, Person, Date, Money, Count, Negation, Promise],
        (FactName::StateContract, _) => &[Number, Date, Money, Negation, Promise],
        (FactName::Feedback, _) => &[Date, Money, Person, Promise],
        (FactName::Ej, _) => &[Date, Money, Person, Reason],
        (_, FactType::Amount) => &[Number, Person, Date, Rate, Count, Promise, Negation, Reason, Mark, Unit],
        (_, FactType::Integer) => &[Number, Person, Date, Rate, Money, Promise, Negation, Mark, Unit],
        (_, FactType::Date) => &[Number, Rate, Count, Money, Negation, Reason, Mark],
        (_, FactType::YesNo) => &[Promise, Negation, Reason, Date, Money, Number, Count, Mark],
        (_, FactType::Communes) => &[Negation, Count, Date, Person, Money],
        (_, FactType::Departements) => &[Person, Count, Money, Negation],
        (_, FactType::Choice(_) | FactType::Choices(_)) => &[Number, Date, Money, Count, Promise, Negation],
        (_, FactType::Files) => &[Date, Count, Number, Negation],
        (_, FactType::Expenses) => &[Negation, Rate, Count],
        (_, FactType::Scores) => &[Date, Rate, Money, Reason],
        (_, FactType::Text) => &[Date, Money],
    }
}
