//! Ctrl-C, and the polite way to end a process: at any time, but for the moment in which a file is being written.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// What the handlers of signals see. Signals are the process's, and so is this.
struct Signals {
    /// Whether a signal ends the process at once, as it does without a handler.
    at_once: Arc<AtomicBool>,
    /// The signal that came while it did not; 0 where none did.
    held: Arc<AtomicUsize>,
}

/// Set up with the first file. Where that fails, signals are not held.
static SIGNALS: LazyLock<Option<Signals>> = LazyLock::new(|| Signals::handled().ok());

impl Signals {
    fn handled() -> io::Result<Self> {
        let signals = Self { at_once: Arc::new(AtomicBool::new(true)), held: Arc::default() };
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&signals.at_once))?;
            flag::register_usize(
                signal,
                Arc::clone(&signals.held),
                usize::try_from(signal).unwrap_or_default(),
            )?;
        }
        Ok(signals)
    }
}

/// Does a short piece of work to its end. A signal that comes meanwhile ends the process after it.
pub(super) fn uninterrupted<T>(work: impl FnOnce() -> T) -> T {
    let Some(signals) = &*SIGNALS else { return work() };
    signals.at_once.store(false, Ordering::SeqCst);
    let done = work();
    signals.at_once.store(true, Ordering::SeqCst);
    match i32::try_from(signals.held.swap(0, Ordering::SeqCst)) {
        Ok(0) | Err(_) => {}
        // Ends the process as if there had been no handler, so that a shell sees which signal it was.
        Ok(signal) => {
            let _ = low_level::emulate_default_handler(signal);
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, ExitStatus};
    use std::{env, fs, thread};

    use super::*;

    /// Names, in the process that is sent a signal, the signal and the file that it writes.
    const SENT: &str = "EKM_PREFLIGHT_SENT";

    fn send(signal: &str) {
        let sent = Command::new("kill").args([signal, &std::process::id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    #[test]
    fn a_signal_ends_the_process_when_the_work_is_done() {
        if let Some((signal, file)) = env::var(SENT).ok().as_deref().and_then(|sent| sent.split_once(' ')) {
            uninterrupted(|| {
                send(signal);
                // Any thread may be the one that the signal comes to, at its own time.
                while SIGNALS.as_ref().unwrap().held.load(Ordering::SeqCst) == 0 {
                    thread::yield_now();
                }
                fs::write(file, "whole").unwrap();
            });
            fs::write(file, "not ended").unwrap();
            return;
        }
        for (signal, number) in [("-INT", SIGINT), ("-TERM", SIGTERM)] {
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("file");
            let status = itself("a_signal_ends_the_process_when_the_work_is_done", signal, &file);
            assert_eq!(status.signal(), Some(number), "{status}");
            assert_eq!(fs::read_to_string(file).unwrap(), "whole");
        }
    }

    #[test]
    fn after_the_work_a_signal_ends_the_process_at_once() {
        if let Some((signal, file)) = env::var(SENT).ok().as_deref().and_then(|sent| sent.split_once(' ')) {
            uninterrupted(|| fs::write(file, "whole").unwrap());
            send(signal);
            loop {
                thread::park();
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        let status = itself("after_the_work_a_signal_ends_the_process_at_once", "-INT", &file);
        assert_eq!(status.signal(), Some(SIGINT), "{status}");
        assert_eq!(fs::read_to_string(file).unwrap(), "whole");
    }

    /// Runs one of these tests in a process of its own.
    fn itself(test: &str, signal: &str, file: &std::path::Path) -> ExitStatus {
        Command::new(env::current_exe().unwrap())
            .args([&format!("{}::{test}", module_path!().split_once("::").unwrap().1), "--exact", "--quiet"])
            .env(SENT, format!("{signal} {}", file.display()))
            .output()
            .unwrap()
            .status
    }
}
