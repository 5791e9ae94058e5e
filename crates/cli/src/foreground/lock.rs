use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use domain::JobId;

use crate::failure::Failure;
use crate::program::Program;

/// Held by the process that runs a job, for as long as it lives.
///
/// A lease alone would make others wait until it has run out; the operating system gives this lock back
/// the moment its process dies, so that `jobs resume` can take over at once and be sure.
#[derive(Debug)]
pub(crate) struct JobLock {
    _file: File,
    path: PathBuf,
}

impl JobLock {
    /// Takes the lock of a job.
    ///
    /// # Errors
    /// Another process runs the job: the failure names it.
    pub(crate) fn take(directory: &Path, job: JobId, program: &Program) -> Result<Self, Failure> {
        std::fs::create_dir_all(directory)?;
        let path = directory.join(format!("{job}.lock"));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(&mut file, job, program)),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file, path })
    }

    /// Whether nobody runs a job at this moment.
    pub(crate) fn is_free(directory: &Path, job: JobId) -> bool {
        let file = File::open(directory.join(format!("{job}.lock")));
        // Asked as a reader: two who ask do not take each other for a process that runs it.
        file.is_ok_and(|file| file.try_lock_shared().is_ok())
    }

    /// Gives the lock back for good: the job has ended and nobody will run it again.
    pub(crate) fn remove(self) {
        // A file that stays behind is harmless: the lock goes with its process, not with the file.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn held(file: &mut File, job: JobId, program: &Program) -> Failure {
    let mut text = String::new();
    // Some systems do not let a locked file be read; then the process stays nameless.
    let _ = file.read_to_string(&mut text);
    let process = match text.trim() {
        "" => "another process".to_owned(),
        pid => format!("process {pid}"),
    };
    Failure::conflict(format!("job {job} is being run by {process}")).advise(format!(
        "watch it with `{program} jobs watch {job}`, pause it with `{program} jobs pause {job}`"
    ))
}

#[cfg(test)]
mod tests {
    use domain::JobId;

    use super::JobLock;
    use crate::failure::Exit;
    use crate::program::Program;

    #[test]
    fn a_job_is_run_by_one_process_and_the_other_hears_which() {
        let folder = tempfile::tempdir().unwrap();
        let job: JobId = "01890000-0000-7000-8000-000000000000".parse().unwrap();
        let program = Program::default();
        let lock = JobLock::take(folder.path(), job, &program).unwrap();
        let refused = JobLock::take(folder.path(), job, &program).unwrap_err();
        assert_eq!(refused.exit(), Exit::Wrong);
        assert_eq!(
            refused.to_string(),
            format!("job {job} is being run by process {}", std::process::id())
        );
        drop(lock);
        JobLock::take(folder.path(), job, &program).unwrap().remove();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
