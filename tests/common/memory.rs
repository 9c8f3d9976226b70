//! What a process holds: memory, descriptors, threads.

use std::process::Child;
use std::time::Duration;

/// Waits for the end of a process, and gives the most memory that it had, in KiB.
pub fn peak_of(child: &mut Child) -> u64 {
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        peak = peak.max(status_kib(child.id(), "VmHWM:").unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    }
    peak
}

/// How much memory a process has, in KiB.
pub fn resident_kib(process: u32) -> u64 {
    status_kib(process, "VmRSS:").unwrap()
}

/// A size of `/proc/N/status`; none once the process has gone.
fn status_kib(process: u32, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// What its descriptors are of: `socket:[…]`, the path of a file.
pub fn descriptors(process: u32) -> Vec<String> {
    let entries = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    // One that was closed meanwhile is none.
    let targets = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    targets.map(|target| target.display().to_string()).collect()
}

/// How many threads it has.
pub fn threads(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/task")).unwrap().count()
}
