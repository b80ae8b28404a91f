//! A run that is interrupted leaves no file behind.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use super::files;

#[test]
fn a_run_that_is_interrupted_leaves_nothing_and_harms_nothing() {
    for (signal, number) in [("-INT", 2), ("-TERM", 15)] {
        let directory = tempfile::tempdir().expect("makes a directory");
        let at = directory.path();
        fs::write(at.join("report.txt"), "yesterday's").expect("writes");
        let stalled = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = stalled.local_addr().expect("its address");
        let mut run = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"))
            .args(["aws", "--role-arn", "arn:aws:iam::111122223333:role/openai-ekm"])
            .args([
                "--kms-arn",
                "arn:aws:kms:us-east-1:111122223333:alias/openai-ekm",
                "--external-id",
                "org-AbC123",
            ])
            .args(["--save-evidence", "evidence.json", "--output", "report.txt", "--payload", "payload.json"])
            .args(["--timeout", "600"])
            .env_clear()
            .env("HOME", at)
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "example")
            .env("AWS_ENDPOINT_URL", format!("http://{address}"))
            .current_dir(at)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        // It has asked, and waits for an answer that never comes.
        let (mut asked, _) = stalled.accept().expect("a connection");
        assert!(asked.read(&mut [0; 1]).is_ok_and(|length| length == 1));
        let sent = Command::new("kill").args([signal, &run.id().to_string()]).status().expect("runs kill");
        assert!(sent.success());
        let status = run.wait().expect("ends");
        assert_eq!(status.signal(), Some(number), "{status}");
        assert_eq!(files(at), ["report.txt"]);
        assert_eq!(fs::read_to_string(at.join("report.txt")).expect("reads"), "yesterday's");
    }
}
