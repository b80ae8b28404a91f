use super::*;
use crate::check::cases;

#[test]
fn the_checks_of_the_program_load_and_their_cases_hold() {
    let registry = match registry() {
        Ok(registry) => registry,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    let mut problems = Vec::new();
    for check in registry.iter() {
        for case in cases::run(check) {
            if let Some(problem) = case.problem {
                problems.push(format!("{}: {}: {problem}", check.id(), case.name));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
