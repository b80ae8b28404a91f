//! `docs/writing-checks.md`: its files load, and its commands print what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{console, root};

/// A block of code of the guide.
enum Block {
    /// A file, under the name in the comment before it.
    File { name: String, text: String },
    /// A command and what it prints.
    Console(String),
}

/// The blocks in order. Every block is one of the two.
fn blocks(guide: &str) -> Vec<Block> {
    let mut name = None;
    let mut found = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        if let Some(comment) = line.strip_prefix("<!-- file: ") {
            name = Some(comment.strip_suffix(" -->").unwrap().to_owned());
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let text: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        found.push(match (language, name.take()) {
            ("console", None) => Block::Console(text),
            (_, Some(name)) => Block::File { name, text },
            (language, None) => {
                panic!("a block of `{language}` that is neither a file nor a command:\n{text}")
            }
        });
    }
    found
}

#[test]
fn the_guides_files_load_and_its_commands_print_what_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("evidence.json"), root("examples/aws-ready.json")).unwrap();
    let (mut files, mut commands) = (0, 0);
    for block in blocks(&root("docs/writing-checks.md")) {
        match block {
            Block::File { name, text } => {
                files += 1;
                let path = at.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Block::Console(block) => {
                commands += 1;
                console(&block, at);
            }
        }
    }
    assert_eq!((files, commands), (5, 5));
    pipeline(at);
}

/// What the pipeline runs: the commands that need no cloud run, and the options of the one that does are known.
fn pipeline(at: &Path) {
    let script = fs::read_to_string(at.join("ci/ekm.sh")).unwrap();
    for line in script.lines() {
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("ekm-preflight"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_ekm-preflight"));
        command.args(words).current_dir(at).env_clear();
        if line.contains(" aws ") {
            command.arg("--help");
        }
        let output = command.output().unwrap();
        // The example's key is in another region: not ready.
        let expected = if line.contains(" replay ") { 1 } else { 0 };
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(expected), "{line}\n{errors}");
    }
    assert!(at.join("report.json").exists());
}
