//! What errands are done with, as the configuration has it. A configuration that is read again replaces it whole; what is under way
//! ends with what it began with.

use std::sync::Arc;

use tokio::sync::watch;

use super::plan::Plan;
use super::setback::Setback;
use super::watch::Watch;
use crate::desk::Desk;
use crate::sync::{Engine, Followed};

/// Makes ready to read DS: anew each time, so that a secret that was renewed in its file counts.
pub type Reach = Box<dyn Fn(&Desk) -> Result<Engine, Setback> + Send + Sync>;

/// All that the service goes by.
pub struct Means {
    /// Names the configuration that they come from.
    pub configuration: String,
    /// What is due when, in the order in which due tasks are done.
    pub plans: Vec<Plan>,
    /// What commands and daemon do alike.
    pub desk: Desk,
    /// How DS is reached.
    pub reach: Reach,
    /// The démarches that are synced.
    pub followed: Vec<Followed>,
    /// What people are told of besides stored alerts.
    pub watch: Watch,
}

/// The means of this moment.
pub type Present = watch::Receiver<Arc<Means>>;
