//! SIGHUP: the conventional request to read settings again, and to reopen logs.

/// Hears SIGHUP on Unix.
///
/// From the first listener of a process on, SIGHUP does not end the process; handlers of the application run all the same.
#[derive(Debug)]
pub(crate) struct Hangup {
    #[cfg(unix)]
    signals: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    /// Listens on the current runtime, or never hears any if the system does not allow it.
    pub(crate) fn listen() -> Hangup {
        Hangup {
            #[cfg(unix)]
            signals: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Creates a listener that never hears any.
    #[cfg(test)]
    pub(crate) fn never() -> Hangup {
        Hangup {
            #[cfg(unix)]
            signals: None,
        }
    }

    /// Waits for the next signal.
    pub(crate) async fn received(&mut self) {
        #[cfg(unix)]
        if let Some(signals) = &mut self.signals {
            // Without end: tokio never closes it.
            if signals.recv().await.is_some() {
                return;
            }
        }
        std::future::pending().await
    }
}
