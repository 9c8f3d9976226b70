//! Champs, with the types that the document lets them have, and the descriptors of a form.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use jiff::Timestamp;

use super::applicant::{Entity, address};
use super::display::string_value;
use super::failure::Failure;
use super::record::{Record, Resolved, date, datetime, decimal, objects, texts, typed_id};
use super::view::View;
use crate::domain::instant::paris_date;
use crate::sandbox::world::{Answer, Answers, Field, FormCommune, Kind, Row, StableId, Value};
use crate::territory;

/// A champ or annotation of a dossier, or of a row.
#[derive(Debug)]
pub struct Champ<'w> {
    view: View<'w>,
    field: &'w Field,
    answer: Option<&'w Answer>,
    type_name: &'static str,
    row: Option<&'w str>,
    /// `updatedAt` of a champ never filled.
    since: Timestamp,
}

/// The champs of a dossier or of a row: all the questions but those that `hidden` names.
pub fn champs<'a>(
    view: View<'a>,
    fields: &'a [Field],
    answers: &'a Answers,
    row: Option<&'a str>,
    since: Timestamp,
    hidden: impl Fn(StableId) -> bool + 'a,
) -> ResolvedValue<'a> {
    let shown = fields.iter().filter(move |field| !hidden(field.stable_id));
    ResolvedValue::List(Box::new(shown.map(move |field| {
        let type_name = view.fragments.champ_type(field.kind)?;
        let answer = answers.get(&field.stable_id);
        Ok(ResolvedValue::object(Champ { view, field, answer, type_name, row, since }))
    })))
}

impl Champ<'_> {
    fn value(&self) -> Option<&Value> {
        self.answer.map(|answer| &answer.value)
    }

    fn id(&self) -> String {
        let stable_id = self.field.stable_id;
        match self.row {
            Some(row) => typed_id("Champ", format_args!("{stable_id}|{row}")),
            None => typed_id("Champ", stable_id),
        }
    }

    /// The field `value`, which each type has in its own form.
    fn typed_value<'a>(&self) -> ResolvedValue<'a> {
        match (self.type_name, self.value()) {
            ("CheckboxChamp", Some(Value::Bool(answer))) => ResolvedValue::leaf(*answer),
            ("CheckboxChamp", _) => ResolvedValue::leaf(false),
            (_, Some(Value::Bool(answer))) => ResolvedValue::leaf(*answer),
            (_, Some(Value::Integer(number))) => ResolvedValue::leaf(number.to_string()),
            (_, Some(Value::Decimal(amount))) => ResolvedValue::Leaf(decimal(*amount)),
            ("TextChamp", value @ Some(_)) => {
                string_value(self.field.kind, value).map_or_else(ResolvedValue::null, ResolvedValue::leaf)
            }
            (_, Some(Value::Choice(choice))) => ResolvedValue::leaf(choice.as_str()),
            _ => ResolvedValue::null(),
        }
    }

    fn coded<'a>(&self, type_name: &'static str) -> ResolvedValue<'a> {
        let record = match self.value() {
            Some(Value::Coded(code, name)) if matches!(type_name, "RNA" | "RNF") => {
                Some(Record::new(type_name, [("id", code.as_str().into()), ("title", name.as_str().into())]))
            }
            Some(Value::Coded(code, name)) => Some(Record::coded(type_name, code, name)),
            _ => None,
        };
        ResolvedValue::nullable_object(record)
    }

    fn place(&self) -> Option<&FormCommune> {
        match self.value() {
            Some(Value::Commune(place)) => Some(place),
            Some(Value::Address(address)) => Some(&address.place),
            _ => None,
        }
    }

    fn departement<'a>(&self) -> ResolvedValue<'a> {
        if self.field.kind == Kind::Departement {
            return self.coded("Departement");
        }
        let code = match (self.field.kind, self.value()) {
            (Kind::Epci, Some(Value::Coded(siren, _))) => {
                territory::groupement(siren).and_then(|groupement| groupement.departements().next().map(str::to_owned))
            }
            _ => self.place().map(|place| place.departement.clone()),
        };
        let found = code.and_then(|code| territory::departement(&code));
        ResolvedValue::nullable_object(found.map(|found| Record::coded("Departement", found.code, found.name)))
    }

    /// The day of a date; an instant shown as a date gives its day.
    fn day<'a>(&self) -> Result<ResolvedValue<'a>, Failure> {
        Ok(match self.value() {
            Some(Value::Date(day)) => ResolvedValue::Leaf(date(*day)),
            Some(Value::Datetime(instant)) => ResolvedValue::Leaf(date(paris_date(*instant))),
            Some(Value::BrokenDate) => return Err(Failure::Crash),
            _ => ResolvedValue::null(),
        })
    }
}

impl ObjectValue for Champ<'_> {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        Ok(match info.field_name() {
            "id" => ResolvedValue::leaf(self.id()),
            "champDescriptorId" => ResolvedValue::leaf(typed_id("Champ", self.field.stable_id)),
            "label" => ResolvedValue::leaf(self.field.label.as_str()),
            "stringValue" => {
                string_value(self.field.kind, self.value()).map_or_else(ResolvedValue::null, ResolvedValue::leaf)
            }
            "updatedAt" => ResolvedValue::Leaf(datetime(self.answer.map_or(self.since, |answer| answer.updated_at))),
            "prefilled" => ResolvedValue::leaf(false),
            "value" => self.typed_value(),
            "date" => self.day()?,
            "datetime" => match self.value() {
                Some(Value::Datetime(instant)) => ResolvedValue::Leaf(datetime(*instant)),
                _ => ResolvedValue::null(),
            },
            "primaryValue" | "secondaryValue" => match self.value() {
                Some(Value::Linked(first, _)) if info.field_name() == "primaryValue" => {
                    ResolvedValue::leaf(first.as_str())
                }
                Some(Value::Linked(_, second)) => ResolvedValue::leaf(second.as_str()),
                _ => ResolvedValue::null(),
            },
            "values" => match self.value() {
                Some(Value::Choices(choices)) => texts(choices),
                _ => texts(&[]),
            },
            "commune" => ResolvedValue::nullable_object(self.place().map(commune)),
            "departement" => self.departement(),
            "region" => self.coded("Region"),
            "pays" => self.coded("Pays"),
            "epci" => self.coded("Epci"),
            "rna" => self.coded("RNA"),
            "rnf" => self.coded("RNF"),
            "address" => match self.value() {
                Some(Value::Address(found)) => ResolvedValue::object(address(found)),
                _ => ResolvedValue::null(),
            },
            "etablissement" => match self.value() {
                Some(Value::Siret(company)) => ResolvedValue::object(Entity::complete(company)),
                _ => ResolvedValue::null(),
            },
            // The amounts are placeholders today (API facts, 4.2).
            "engagementJuridique" => ResolvedValue::nullable_object(self.value().map(|_| {
                Record::new(
                    "EngagementJuridique",
                    [("montantEngage", "Bientôt disponible".into()), ("montantPaye", "Bientôt disponible".into())],
                )
            })),
            "level" => ResolvedValue::leaf(1),
            "filled" => ResolvedValue::leaf(self.value().is_some()),
            "grantType" => ResolvedValue::leaf("piece_justificative"),
            "files" => match self.value() {
                Some(Value::Files(files)) => objects(files.iter().map(|file| self.view.signer.file(file))),
                _ => ResolvedValue::list([]),
            },
            "rows" => match self.value() {
                Some(Value::Rows(rows)) => {
                    let (view, fields, since) = (self.view, self.field.columns.as_slice(), self.since);
                    objects(rows.iter().map(move |row| RowObject { view, row, fields, since }))
                }
                _ => ResolvedValue::list([]),
            },
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}

fn commune(place: &FormCommune) -> Record {
    Record::new(
        "Commune",
        [
            ("code", place.code.as_str().into()),
            ("name", place.name.as_str().into()),
            ("postalCode", place.postal_code.as_str().into()),
        ],
    )
}

struct RowObject<'w> {
    view: View<'w>,
    row: &'w Row,
    fields: &'w [Field],
    since: Timestamp,
}

impl ObjectValue for RowObject<'_> {
    fn type_name(&self) -> &'static str {
        "Row"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "id" => Ok(ResolvedValue::leaf(typed_id("Row", &self.row.ulid))),
            "champs" => {
                Ok(champs(self.view, self.fields, &self.row.answers, Some(&self.row.ulid), self.since, |_| false))
            }
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

/// The descriptor of a question.
#[derive(Debug)]
pub struct Descriptor<'w>(pub View<'w>, pub &'w Field);

impl ObjectValue for Descriptor<'_> {
    fn type_name(&self) -> &str {
        self.0.fragments.descriptor_type(self.1.kind)
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Self(view, field) = *self;
        Ok(match info.field_name() {
            "id" => ResolvedValue::leaf(typed_id("Champ", field.stable_id)),
            "label" => ResolvedValue::leaf(field.label.as_str()),
            "description" | "collapsibleExplanationText" => ResolvedValue::null(),
            "required" => ResolvedValue::leaf(field.required),
            "level" => ResolvedValue::leaf(1),
            "otherOption" | "collapsibleExplanationEnabled" => ResolvedValue::leaf(false),
            "champDescriptors" => objects(field.columns.iter().map(move |column| Descriptor(view, column))),
            "options" => match field.kind {
                Kind::Departement => {
                    let all = territory::departements();
                    objects(all.map(|found| Record::coded("Departement", found.code, found.name)))
                }
                Kind::Region => objects(super::places::REGIONS.map(|(code, name)| Record::coded("Region", code, name))),
                Kind::Pays => objects(super::places::COUNTRIES.map(|(code, name)| Record::coded("Pays", code, name))),
                _ => texts(&field.options),
            },
            _ => return Err(self.unknown_field_error(info)),
        })
    }
}
