//! Model test: random changes of files and clock, compared with a model without digests and state.

use super::{Contents, FileFormat, Refreshed, Standing, Unread, Validity, Watched};
use crate::model_random::{self, Random};
use ops_core::clock::Clock;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Number of operations per sequence.
const SEQUENCE: u64 = 60;

/// A pair of files: both contain a version number, and the first also its validity period in days.
struct Pair;

/// The reason the pair is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rejected(String);

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Rejected {}

/// A version of the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    number: u64,
    from: u64,
    until: u64,
}

fn day(number: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * number)
}

impl Version {
    fn of(first: &str, second: &str) -> Result<Version, String> {
        let numbers: Vec<u64> = first.split(' ').filter_map(|number| number.parse().ok()).collect();
        let [number, from, until] = numbers[..] else { return Err(format!("{first:?} is no version")) };
        let whole = first == format!("{number} {from} {until} end") && second == format!("{number} end");
        whole.then_some(Version { number, from, until }).ok_or_else(|| format!("{first:?} and {second:?}"))
    }

    fn is_valid(self, now: SystemTime) -> bool {
        (day(self.from)..day(self.until)).contains(&now)
    }
}

impl FileFormat for Pair {
    type Value = Version;
    type Error = Rejected;

    fn parse(&self, contents: &Contents) -> Result<Version, Rejected> {
        let texts: Vec<_> = contents.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        Version::of(&texts[0], &texts[1]).map_err(Rejected)
    }

    fn validity(value: &Version) -> Validity {
        Validity { not_before: Some(day(value.from)), not_after: Some(day(value.until)) }
    }

    fn unread(path: &Path, unread: Unread) -> Rejected {
        Rejected(format!("{} {unread:?}", path.display()))
    }

    fn outside_validity(&self, standing: Standing) -> Rejected {
        Rejected(format!("{standing:?}"))
    }
}

/// Writes `content` to `path`: in place, or by removing or renaming files.
fn put(path: &Path, content: &str, random: &mut Random) {
    if path.is_dir() {
        fs::remove_dir(path).unwrap();
    }
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    match random.below(4) {
        // In place, following a symbolic link.
        0 => fs::write(path, content).unwrap_or_default(),
        1 => {
            let _ = fs::remove_file(path);
            fs::write(path, content).unwrap();
        }
        #[cfg(unix)]
        2 => {
            let target = beside(&format!(".{}", random.below(u64::MAX)));
            fs::write(&target, content).unwrap();
            std::os::unix::fs::symlink(&target, beside(".link")).unwrap();
            fs::rename(beside(".link"), path).unwrap();
        }
        _ => {
            fs::write(beside(".new"), content).unwrap();
            fs::rename(beside(".new"), path).unwrap();
        }
    }
}

/// Corrupts, removes or replaces the file at `path`.
fn spoil(path: &Path, random: &mut Random) {
    if path.is_dir() {
        return;
    }
    match random.below(5) {
        0 => fs::write(path, "").unwrap_or_default(),
        1 => {
            let half = fs::read_to_string(path).unwrap_or_default();
            fs::write(path, &half[..half.len() / 2]).unwrap_or_default();
        }
        2 => fs::write(path, [0xff, 0xfe]).unwrap_or_default(),
        3 => {
            let _ = fs::remove_file(path);
        }
        _ => {
            let _ = fs::remove_file(path);
            fs::create_dir(path).unwrap();
        }
    }
}

/// Returns the current version of the files, as the model reads it.
fn present(paths: &[PathBuf]) -> Option<Version> {
    let [first, second] = [&paths[0], &paths[1]].map(|path| fs::read(path).ok());
    Version::of(&String::from_utf8(first?).ok()?, &String::from_utf8(second?).ok()?).ok()
}

fn run(seed: u64) {
    let mut random = Random::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = ["first", "second"].map(|name| folder.path().join(name)).to_vec();
    let (clock, time) = Clock::manual();
    time.set_time_of_day(day(50));
    fs::write(&paths[0], "0 40 60 end").unwrap();
    fs::write(&paths[1], "0 end").unwrap();
    let (watched, mut active) = Watched::open(Pair, paths.clone(), clock.clone()).unwrap();
    let mut modeled = active;
    for step in 0..SEQUENCE {
        match random.below(6) {
            0 | 1 => {
                let from = random.below(90);
                let (number, until) = (random.below(4), from + random.below(40));
                put(&paths[0], &format!("{number} {from} {until} end"), &mut random);
                if random.below(3) > 0 {
                    put(&paths[1], &format!("{number} end"), &mut random);
                }
            }
            2 => {
                let number = random.below(4);
                put(&paths[1], &format!("{number} end"), &mut random);
            }
            3 => spoil(&paths[usize::from(random.below(2) == 1)], &mut random),
            _ => time.set_time_of_day(day(random.below(130))),
        }
        if random.below(4) == 0 {
            continue; // Several changes between two refreshes.
        }
        let seen = |active| {
            let state = watched.state();
            (active, state.failure.as_deref().cloned(), state.lapsed().is_some())
        };
        let mut settled = false;
        // Changes of the files are reported before changes of the clock; then nothing is.
        for attempt in 0..3 {
            let before = seen(active);
            let refreshed = watched.refresh(|value| active = value);
            let at = format!("MODEL_SEED={seed}, step {step}, attempt {attempt}: {refreshed:?}");
            let now = clock.time_of_day();
            let is_taken = |version: &Version| version.is_valid(now) || !modeled.is_valid(now);
            modeled = present(&paths).filter(is_taken).unwrap_or(modeled);
            assert_eq!(active, modeled, "{at}");
            // Each change is reported exactly once.
            let after = seen(active);
            match &refreshed {
                Refreshed::Unchanged => assert_eq!(after, before, "{at}"),
                Refreshed::Failed(_) => assert_ne!(after, before, "{at}"),
                Refreshed::Loaded => assert_eq!(after.1, None, "{at}"),
                Refreshed::Recovered => assert!(before.2 && !after.2, "{at}"),
            }
            let is_news = !matches!(refreshed, Refreshed::Unchanged);
            assert!(!(settled && is_news), "{at}: reported again");
            settled = !is_news;
            // A valid pair is active or waits for the clock; anything else is reported as a failure.
            assert_eq!(after.1.is_none(), present(&paths) == Some(active), "{at}");
        }
        assert!(settled, "MODEL_SEED={seed}, step {step}");
        assert_eq!(
            watched.state().lapsed().is_some(),
            !active.is_valid(clock.time_of_day()),
            "MODEL_SEED={seed}, step {step}"
        );
    }
}

#[test]
fn watched_files_agree_with_the_model() {
    model_random::seeds(2_400, SEQUENCE).for_each(run);
}
