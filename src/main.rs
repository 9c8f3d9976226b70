//! La commande `fitn`.

use std::process::ExitCode;

use fitn_connector::cli;
use fitn_connector::domain::clock::Clock;

#[tokio::main]
async fn main() -> ExitCode {
    cli::main(std::env::args_os(), Clock::system()).await
}
