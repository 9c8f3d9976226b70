//! From the configuration to the rooms: the one place where they are put together for a command.

use std::path::Path;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::{Context, Failure, unset_parameters};
use crate::api::{Client, ClientSettings, Demarche, TokenSource};
use crate::attachments::Limits;
use crate::config::{self, Config, MailTls, Origin, Served, Token};
use crate::daemon::{Cron, Means, Plan, Setback, Task, Watch};
use crate::delivery::{PasswordSource, Smtp, Tls};
use crate::desk::{Access, Delivery, Desk, Mailing, Recipients, Retention, Sender, Settings, Thresholds};
use crate::domain::form::Form;
use crate::domain::message::MessageKind;
use crate::domain::period::Period;
use crate::evaluation::MappedProcedure;
use crate::files::directory_of;
use crate::rules::Rulebook;
use crate::sync::{Engine, Followed, Options};

/// The path of the API on every DS server; what stands before it is the address of the site.
const API_PATH: &str = "/api/v2/graphql";

/// The rules with the operator's parameters, for the territory served.
pub fn rulebook(config: &Config) -> Result<Rulebook, Failure> {
    let Served { region, departements } = &config.territory;
    Ok(Rulebook::load(region, departements, &config.rules.parameters)?)
}

/// The desk over the configured database. Warns of rules that cannot be applied for want of parameters.
pub fn desk(config: &Config, access: Access, context: &Context) -> Result<Desk, Failure> {
    desk_over(&config.database.path, config, access, context)
}

/// The same, over another database: a copy to try something on.
pub fn desk_over(database: &Path, config: &Config, access: Access, context: &Context) -> Result<Desk, Failure> {
    let desk = Desk::open(database, access, settings(config)?, &context.clock)?;
    warn_of_unset_parameters(config, desk.evaluator.rulebook());
    Ok(desk)
}

/// Tells which rules cannot be applied for want of parameters.
pub fn warn_of_unset_parameters(config: &Config, rulebook: &Rulebook) {
    if let Some(Failure { message, hint, .. }) = unset_parameters::counted(config, rulebook) {
        tracing::warn!("{message} ; {}", hint.unwrap_or_default());
    }
}

fn settings(config: &Config) -> Result<Settings, Failure> {
    let mapped = config.procedures.iter().map(|procedure| MappedProcedure {
        number: procedure.number,
        programme: procedure.programme,
        mapping: procedure.fields.clone(),
    });
    let wanted = &config.attachments;
    let downloads = wanted.download.then(|| Limits {
        max_bytes: wanted.max_bytes,
        max_run: wanted.max_run,
        disk_floor: config.alerts.disk_free_min,
        internal_hosts: wanted.internal_hosts.clone(),
    });
    let schedule = &config.schedule;
    let last =
        Cron::new(&schedule.quarterly_final, schedule.timezone.clone()).map_err(|error| Failure::usage(&error))?;
    Ok(Settings {
        report_frozen_at: Box::new(move |quarter| last.next_after(quarter.ends_before())),
        rulebook: rulebook(config)?,
        procedures: mapped.collect(),
        region: config.territory.region.clone(),
        served: config.territory.departements.clone(),
        exports: config.exports.directory.clone(),
        site: config.api.url.strip_suffix(API_PATH).unwrap_or(&config.api.url).to_owned(),
        retention: Retention { erase_after: config.purge.erase_after, keep: config.purge.keep.clone() },
        contents: config.attachments_directory(),
        downloads,
        mailing: mailing(config),
    })
}

/// What the service goes by, over a desk of the configuration or, once it is read again, over the database of the one before.
pub fn means(config: Config, text: &str, desk: Desk, context: &Arc<Context>) -> Result<Means, Failure> {
    let (configuration, followed) = (config.fingerprint(text), followed(&config, &[]));
    let watch = watch(&config, desk.evaluator.rulebook());
    let (plans, context) = (plans(&config)?, Arc::clone(context));
    let reach = move |desk: &Desk| reach(&config, &context, desk);
    Ok(Means { configuration, plans, desk, reach: Box::new(reach), followed, watch })
}

/// What there is to look at besides stored alerts, for the service and for `fitn status`.
pub fn watch(config: &Config, rulebook: &Rulebook) -> Watch {
    let mut directories = vec![directory_of(&config.database.path).to_owned(), config.exports.directory.clone()];
    directories.extend(config.attachments.download.then(|| config.attachments_directory()));
    let parameters = unset_parameters::counted(config, rulebook);
    Watch {
        token_expires: config.api.token_expires,
        stale_after: config.alerts.stale_after,
        envelope_share: config.alerts.envelope_share,
        directories,
        disk_free_min: config.alerts.disk_free_min,
        parameters: parameters.map(|missing| (missing.message, missing.hint.unwrap_or_default())),
    }
}

/// Makes ready to read DS for the service. The token is read again each time: its file may have been renewed.
pub fn reach(config: &Config, context: &Context, desk: &Desk) -> Result<Engine, Setback> {
    let client = client(config, context).map_err(setback)?;
    Ok(engine(config, client, desk))
}

/// What the service makes of a configuration that cannot be used.
pub fn setback(failure: Failure) -> Setback {
    Setback::for_a_person(failure.message, failure.hint.unwrap_or_default())
}

/// The desk of a configuration that is read again, over the database that the service has open.
pub fn desk_again(config: &Config, before: &Desk, context: &Context) -> Result<Desk, Failure> {
    let desk = Desk::over(Arc::clone(&before.store), settings(config)?, &context.clock);
    warn_of_unset_parameters(config, desk.evaluator.rulebook());
    Ok(desk)
}

fn mailing(config: &Config) -> Mailing {
    let sender = config.smtp.as_ref().map(|smtp| Sender {
        from: smtp.from.clone(),
        reply_to: smtp.reply_to.clone(),
        redirect_to: smtp.redirect_to.clone(),
        max_message_bytes: smtp.max_message_bytes,
    });
    let deliveries = config.delivery.iter().map(|delivery| Delivery {
        kind: delivery.what,
        departement: delivery.departement.clone(),
        recipients: match &delivery.directory {
            Some(directory) => Recipients::Directory(directory.clone()),
            None => Recipients::Mailboxes(delivery.to.clone()),
        },
        formats: match delivery.formats.as_slice() {
            [] => delivery.what.usual_formats().iter().map(|format| (*format).to_owned()).collect(),
            formats => formats.to_vec(),
        },
        hold: delivery.hold,
    });
    let thresholds =
        Thresholds { fewer_rows_share: config.outbox.fewer_rows_share, amount_factor: config.outbox.amount_factor };
    Mailing { smtp: config.smtp.as_ref().map(mail_server), sender, deliveries: deliveries.collect(), thresholds }
}

/// The mail server of the configuration. Its password is looked for at each connection: its file may have been renewed.
pub fn mail_server(smtp: &config::Smtp) -> Smtp {
    let account = smtp.user.clone().map(|user| {
        let file = smtp.password_file.clone();
        let find =
            move || config::password(file.as_deref(), |name| std::env::var_os(name)).map_err(|error| error.to_string());
        (user, PasswordSource::new(find))
    });
    Smtp {
        host: smtp.host.clone(),
        port: smtp.port(),
        tls: match smtp.tls {
            MailTls::StartTls => Tls::StartTls,
            MailTls::Wrapped => Tls::Wrapped,
            MailTls::None => Tls::None,
        },
        ca_file: smtp.ca_file.clone(),
        account,
    }
}

/// The desk over the configured database, only to read it: for commands that show what is stored.
pub fn shown(config: &Config, context: &Context) -> Result<Desk, Failure> {
    Ok(Desk::open(&config.database.path, Access::Read, settings(config)?, &context.clock)?)
}

/// The same, over the configured database, which must already be there; only to read it where nothing can be written now.
pub fn stored_or_shown(config: &Config, context: &Context) -> Result<Desk, Failure> {
    Ok(Desk::open(&config.database.path, Access::ExistingOrRead, settings(config)?, &context.clock)?)
}

/// The same, over the configured database, which must already be there.
pub fn stored(config: &Config, context: &Context) -> Result<Desk, Failure> {
    desk(config, Access::Existing, context)
}

/// A client of the configured server. Finds the token.
pub fn client(config: &Config, context: &Context) -> Result<Client, Failure> {
    let Token { secret, origin } = context.token(config)?;
    let source = match origin {
        Origin::File(_) => TokenSource::File,
        Origin::Credential(_) => TokenSource::Credential,
        Origin::Variable => TokenSource::Variable,
    };
    client_with(config, secret, source, context)
}

/// A client of the configured server with a token at hand.
pub fn client_with(
    config: &Config,
    token: SecretString,
    token_source: TokenSource,
    context: &Context,
) -> Result<Client, Failure> {
    let settings = ClientSettings {
        url: config.api.url.clone(),
        token,
        token_source,
        timeout: config.api.timeout,
        max_retry: config.api.max_retry,
        proxy: config.api.proxy.as_ref().map(|proxy| proxy.expose_secret().to_owned()),
        ca_file: config.api.ca_file.clone(),
        requests_per_minute: config.api.requests_per_minute,
        shared_with: Some(config.database.path.clone()),
    };
    Ok(Client::new(&settings, context.clock.clone())?)
}

/// The live form of a démarche.
pub fn form(demarche: &Demarche) -> Result<&Form, Failure> {
    demarche.form.as_ref().ok_or_else(|| {
        let message = format_args!("démarche {} : DS ne donne plus le formulaire en entier", demarche.number);
        Failure::failed(message).hint("mettez le connecteur à jour ; « fitn check » dit ce que DS a retiré")
    })
}

/// A sync engine over the database of the desk.
pub fn engine(config: &Config, client: Client, desk: &Desk) -> Engine {
    let options = Options {
        page_size: config.api.page_size,
        overlap: config.sync.overlap,
        max_run: config.sync.max_run,
        ..Options::default()
    };
    Engine::new(Arc::new(client), Arc::clone(&desk.store), desk.clock.clone(), options)
}

/// The démarches to follow, all of them or those named.
pub fn followed(config: &Config, only: &[i64]) -> Vec<Followed> {
    config
        .procedures
        .iter()
        .filter(|procedure| only.is_empty() || only.contains(&procedure.number))
        .map(|procedure| Followed { number: procedure.number, programme: procedure.programme })
        .collect()
}

/// What the daemon does when, in the order in which due tasks are done. Without a Démat.ADS démarche there is no list, without one that
/// the préfectures of départements instruct there is no pack of a committee, and without a delivery nothing is sent.
pub fn plans(config: &Config) -> Result<Vec<Plan>, Failure> {
    let schedule = &config.schedule;
    let is_about_any = |task: &Task| config.procedures.iter().any(|procedure| task.is_about(procedure.programme));
    let is_planned = |task: &Task| match task {
        Task::MonthlyList | Task::Committee => is_about_any(task),
        Task::Digest => config.delivery.iter().any(|delivery| delivery.what == MessageKind::Changes),
        Task::Deliveries => !config.delivery.is_empty(),
        Task::FullSync | Task::Sync | Task::QuarterlyReport | Task::QuarterlyFinal => true,
    };
    let planned = Task::ALL.into_iter().filter(is_planned);
    let plan = |task| {
        let expression = match task {
            Task::FullSync => &schedule.full_sync,
            Task::Sync => &schedule.sync,
            Task::MonthlyList => &schedule.monthly_list,
            Task::QuarterlyReport => &schedule.quarterly_report,
            Task::QuarterlyFinal => &schedule.quarterly_final,
            Task::Committee => &schedule.committee,
            Task::Digest => &schedule.digest,
            Task::Deliveries => &schedule.deliveries,
        };
        let cron = Cron::new(expression, schedule.timezone.clone()).map_err(|error| Failure::usage(&error))?;
        let about = config.procedures.iter().filter(|procedure| task.is_about(procedure.programme));
        Ok(Plan::new(task, about.map(|procedure| procedure.number).collect(), cron))
    };
    planned.map(plan).collect()
}
