//! SIGHUP, the conventional signal to reload configuration and reopen logs.

/// A listener for SIGHUP on Unix.
///
/// Once a process has a listener, SIGHUP no longer terminates it. Other handlers of the application are unaffected.
#[derive(Debug)]
pub(crate) struct Hangup {
    #[cfg(unix)]
    signals: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    /// Listens on the current runtime. If the handler cannot be installed, it never receives a signal.
    pub(crate) fn listen() -> Hangup {
        Hangup {
            #[cfg(unix)]
            signals: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Creates a listener that never receives a signal.
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
            // tokio's signal streams never end.
            if signals.recv().await.is_some() {
                return;
            }
        }
        std::future::pending().await
    }
}
