//! Who asks: legal entities, whole or without their data, and individuals (API facts, 5.3).

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};

use super::display::address_label;
use super::failure::Failure;
use super::places::REGIONS;
use super::record::{Record, Resolved, or_null, typed_id};
use super::view::View;
use crate::sandbox::world::{Address, Applicant, Company};
use crate::territory;

/// The `demandeur` of a dossier. An incomplete one shows itself as such only to a document with the fragment for it; to
/// others it is a `PersonneMorale` full of holes.
pub fn applicant<'a>(view: View<'a>, dossier: i64, applicant: &'a Applicant) -> Result<ResolvedValue<'a>, Failure> {
    let nothing = || Failure::InvalidNull { object: "Dossier", field: "demandeur".to_owned() };
    Ok(match applicant {
        Applicant::Person { .. } if !view.fragments.is_there("PersonnePhysique") => return Err(nothing()),
        Applicant::Company(company) if view.fragments.is_there("PersonneMorale") => {
            ResolvedValue::object(Entity::complete(company))
        }
        Applicant::Company(company) | Applicant::Incomplete(company)
            if view.fragments.has("PersonneMoraleIncomplete")? =>
        {
            ResolvedValue::object(Record::new(
                "PersonneMoraleIncomplete",
                [("id", typed_id("Etablissement", &company.siret).into()), ("siret", company.siret.as_str().into())],
            ))
        }
        Applicant::Company(company) | Applicant::Incomplete(company) => {
            ResolvedValue::object(Entity { company, complete: false })
        }
        Applicant::Person { civility, name, first_name, .. } => ResolvedValue::object(Record::new(
            "PersonnePhysique",
            [
                ("id", typed_id("Individual", dossier).into()),
                ("civilite", (*civility).into()),
                ("nom", name.as_str().into()),
                ("prenom", first_name.as_str().into()),
            ],
        )),
    })
}

/// A `PersonneMorale`.
#[derive(Debug)]
pub struct Entity<'w> {
    company: &'w Company,
    complete: bool,
}

impl<'w> Entity<'w> {
    /// One whose data the registers gave.
    #[must_use]
    pub const fn complete(company: &'w Company) -> Self {
        Self { company, complete: true }
    }
}

impl ObjectValue for Entity<'_> {
    fn type_name(&self) -> &'static str {
        "PersonneMorale"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let company = self.company;
        let field = info.field_name();
        Ok(match field {
            "id" => ResolvedValue::leaf(typed_id("Etablissement", &company.siret)),
            "siret" => ResolvedValue::leaf(company.siret.as_str()),
            "siegeSocial" | "libelleNaf" | "address" if !self.complete => {
                return Err(Failure::InvalidNull { object: "PersonneMorale", field: field.to_owned() }.into());
            }
            "naf" | "entreprise" | "association" if !self.complete => ResolvedValue::null(),
            "siegeSocial" => ResolvedValue::leaf(company.head_office),
            "naf" => ResolvedValue::leaf("8411Z"),
            "libelleNaf" => ResolvedValue::leaf("Administration publique générale"),
            "address" => ResolvedValue::object(address(&company.address)),
            "entreprise" => ResolvedValue::object(enterprise(company)),
            "association" => ResolvedValue::nullable_object(company.rna.as_ref().map(|rna| {
                Record::new("Association", [("rna", rna.as_str().into()), ("titre", company.name.as_str().into())])
            })),
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

fn enterprise(company: &Company) -> Record {
    let siren = company.siret.get(..9).unwrap_or_default();
    let head_office = if company.head_office { company.siret.clone() } else { format!("{siren}00017") };
    Record::new(
        "Entreprise",
        [
            ("siren", siren.into()),
            ("siretSiegeSocial", head_office.into()),
            ("raisonSociale", company.name.as_str().into()),
            ("nomCommercial", "".into()),
            ("nom", or_null(None::<&str>)),
            ("prenom", or_null(None::<&str>)),
            ("formeJuridique", company.legal_form.into()),
            ("formeJuridiqueCode", company.legal_form_code.into()),
            ("capitalSocial", "-1".into()),
            ("dateCreation", or_null(None::<&str>)),
            ("etatAdministratif", "Actif".into()),
        ],
    )
}

/// A postal address.
#[must_use]
pub fn address(address: &Address) -> Record {
    let place = &address.place;
    let departement = territory::departement(&place.departement);
    let region = departement.and_then(|found| REGIONS.into_iter().find(|(code, _)| *code == found.region));
    Record::new(
        "Address",
        [
            ("label", address_label(address).into()),
            ("type", "housenumber".into()),
            ("streetAddress", address.street.as_str().into()),
            ("postalCode", place.postal_code.as_str().into()),
            ("cityName", place.name.as_str().into()),
            ("cityCode", place.code.as_str().into()),
            ("departmentName", or_null(departement.map(|found| found.name))),
            ("departmentCode", or_null(departement.map(|found| found.code))),
            ("regionName", or_null(region.map(|(_, name)| name))),
            ("regionCode", or_null(region.map(|(code, _)| code))),
        ],
    )
}
