//! Dossiers of Démat.ADS.

use fastrand::Rng;
use jiff::civil::date;

use super::draft::{Draft, Line, amount, day_after, day_between, working_hour};
use super::places::{Body, Places, attachable};
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::sandbox::world::{FormCommune, Procedure, Value};
use crate::territory::Commune;

/// What may be bought: nature, object, euros.
const PURCHASES: [(usize, &str, std::ops::Range<i64>); 6] = [
    (0, "Logiciel d’instruction des autorisations d’urbanisme", 3_000..14_000),
    (0, "Guichet numérique des autorisations d’urbanisme", 1_500..6_000),
    (1, "Paramétrage et reprise des données", 900..5_000),
    (1, "Assistance à maîtrise d’ouvrage", 2_000..9_000),
    (2, "Formation des instructeurs", 600..2_500),
    (1, "Raccordement à PLAT’AU", 500..2_000),
];

/// A dossier just filed, of a centre two times in three, else of an autonomous commune.
pub fn draft<'a>(procedure: &'a Procedure, number: i64, places: &mut Places, rng: &'a mut Rng) -> Option<Draft<'a>> {
    if rng.u8(..3) < 2 {
        let centre = places.centre()?;
        let mut communes: Vec<Commune> = attachable(centre).collect();
        rng.shuffle(&mut communes);
        communes.truncate(rng.usize(3..30));
        self::centre(procedure, number, Body::Groupement(centre), &communes, rng)
    } else {
        autonomous(procedure, number, places.autonomous()?, rng)
    }
}

/// The dossier of a centre and its communes.
pub fn centre<'a>(
    procedure: &'a Procedure,
    number: i64,
    body: Body,
    communes: &[Commune],
    rng: &'a mut Rng,
) -> Option<Draft<'a>> {
    let mut draft = filed(procedure, number, body, rng)?;
    draft.choose("applicant_type", 0);
    let places: Vec<FormCommune> = communes.iter().map(|commune| FormCommune::from(*commune)).collect();
    attach_communes(&mut draft, places);
    Some(draft)
}

/// The dossier of a commune that instructs for itself.
pub fn autonomous<'a>(procedure: &'a Procedure, number: i64, commune: Commune, rng: &'a mut Rng) -> Option<Draft<'a>> {
    let mut draft = filed(procedure, number, Body::Commune(commune), rng)?;
    draft.choose("applicant_type", 1);
    Some(draft)
}

/// Lists the attached communes, in this order, repeats included.
pub fn attach_communes(draft: &mut Draft, places: Vec<FormCommune>) {
    let since = Value::Date(date(2021, 1, 1));
    let rows = places
        .into_iter()
        .map(|place| {
            draft.row([("attached_commune", Some(Value::Commune(place))), ("attached_since", Some(since.clone()))])
        })
        .collect();
    draft.set("attached_communes", Value::Rows(rows));
}

fn filed<'a>(procedure: &'a Procedure, number: i64, body: Body, rng: &'a mut Rng) -> Option<Draft<'a>> {
    let day = day_between(rng, date(2021, 5, 3), date(2021, 10, 27));
    let at = working_hour(rng, day);
    let mut draft = Draft::filed(procedure, number, at, body.company()?, rng);
    let bought = draft.rng.usize(1..5);
    let lines: Vec<Line> = (0..bought)
        .map(|_| {
            let (nature, subject, euros) = PURCHASES[draft.rng.usize(..PURCHASES.len())].clone();
            line(&mut draft, nature, subject, euros)
        })
        .collect();
    draft.expenses(&lines);
    draft.attach("invoices", "facture", bought);
    draft.set("deeds", Value::Integer(body.population() / 90 + 12));
    let connected = draft.rng.bool();
    draft.set("platau", Value::Bool(connected));
    if connected {
        draft.hide("platau_on");
    } else {
        let on = working_hour(draft.rng, day_after(day, 60));
        draft.set("platau_on", Value::Datetime(on));
    }
    Some(draft)
}

/// A line of the two months before the deposit; software comes from a publisher of the Union.
pub fn line(draft: &mut Draft, nature: usize, subject: &'static str, euros: std::ops::Range<i64>) -> Line {
    let on = day_after(paris_date(draft.dossier.deposited_at), -draft.rng.i64(4..60));
    let origin = if nature == 0 { 0 } else { 2 };
    Line { nature, subject, amount: amount(draft.rng, euros), origin: Some(origin), on }
}

/// What the rules would grant: 4 000 € and 400 € a commune, thirty at most, within the lines that are surely eligible.
/// An agent who grants it makes no mistake; what is wrong in a dossier is put into it afterwards.
pub fn grant(draft: &Draft) -> Cents {
    let rows = |key: &str| {
        let answer = draft.procedure.field(key).and_then(|field| draft.dossier.answers.get(&field.stable_id));
        match answer.map(|answer| &answer.value) {
            Some(Value::Rows(rows)) => rows.as_slice(),
            _ => &[],
        }
    };
    let cell = |key: &str| draft.procedure.field(key).map(|field| field.stable_id);
    let [nature, origin, money] = ["expense_nature", "expense_origin", "expense_amount"].map(cell);
    let communes = i64::try_from(rows("attached_communes").len().min(30)).unwrap_or_default();
    let eligible = rows("expenses").iter().filter_map(|row| {
        let value = |id: Option<i64>| id.and_then(|id| row.answers.get(&id)).map(|answer| &answer.value);
        let text = |id| match value(id) {
            Some(Value::Choice(choice)) => choice.as_str(),
            _ => "",
        };
        let [software, services, training, ..] = crate::sandbox::forms::NATURES;
        let [union, ..] = crate::sandbox::forms::ORIGINS;
        let kept = (text(nature) == software && text(origin) == union) || [services, training].contains(&text(nature));
        match value(money) {
            Some(Value::Decimal(amount)) if kept => Some(*amount),
            _ => None,
        }
    });
    Cents::euros(4_000 + 400 * communes).min(eligible.sum())
}
