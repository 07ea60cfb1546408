//! A sign of life for people who wait.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a run may take before anything is shown.
const PATIENCE: Duration = Duration::from_millis(500);
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// A line on the terminal that tells for how long kate has been at work; it goes when dropped.
pub(super) struct Progress(Option<(Sender<()>, JoinHandle<()>)>);

impl Progress {
    /// Start to wait, if there is somebody to see it.
    pub(super) fn start(wanted: bool, what: &str) -> Self {
        if !wanted || !io::stderr().is_terminal() {
            return Self(None);
        }
        let (done, is_done) = channel();
        let what = what.to_owned();
        let started = Instant::now();
        let thread = std::thread::spawn(move || {
            let mut shown = false;
            let mut wait = PATIENCE;
            for frame in FRAMES.iter().cycle() {
                if is_done.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                wait = Duration::from_millis(100);
                shown = true;
                let seconds = started.elapsed().as_secs_f64();
                let _ = write!(io::stderr().lock(), "\r\x1b[2K{frame} {what} ({seconds:.1} s)");
            }
            if shown {
                let _ = write!(io::stderr().lock(), "\r\x1b[2K");
            }
        });
        Self(Some((done, thread)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            let _ = thread.join();
        }
    }
}
