//! `docs/plans.md`: what is read of a plan.

use std::fmt::Write;

use ekm_preflight::terraform::{ReadKind, read_kinds};

use crate::markdown::code_cell;

const HEAD: &str = "# What is read of a plan

`ekm-preflight plan` keeps these attributes of these resources and data sources, and nothing else of a plan or state: no other
resource, no output, no variable but those that a provider's settings refer to. Of what is _whether set_ the value is not kept.
How a plan is judged is in the [README](../README.md#before-a-change-is-applied), what to do with one in a pipeline in
[In a pipeline](pipelines.md).

<!-- Written by `UPDATE=1 cargo test --test documents` from the program's types. -->

A resource that is not among them is not looked at. Whoever changes the role, the key, the vault, its roles or what stands above
them in another way (a stack of CloudFormation, a script in `terraform_data`, an `aws_cloudcontrolapi_resource`) judges the cloud
itself after the apply.

What the providers `awscc`, `azapi` and `msgraph` change is found by the names and ids that are kept of it, and is unknown: it is
not read further. Write it with `aws`, `azurerm` or `azuread`.
";

/// The providers, as people write them.
const PROVIDERS: [(&str, &str); 3] = [("aws", "AWS"), ("az", "Azure"), ("openai", "OpenAI")];

/// The page.
pub(crate) fn page() -> String {
    let mut page = String::from(HEAD);
    for (start, name) in PROVIDERS {
        let is_of = |kind: &ReadKind| {
            let of = if kind.name.starts_with("msgraph") { "az" } else { kind.name };
            of.starts_with(start)
        };
        writeln!(page, "\n## {name}\n\n| resource | attributes |\n| --- | --- |").unwrap();
        for kind in read_kinds().filter(|kind| is_of(kind)) {
            let whole = kind.attributes.iter().map(|attribute| code_cell(attribute));
            let set = kind.whether_set.iter().map(|one| format!("{} (whether set)", code_cell(one)));
            let all: Vec<String> = whole.chain(set).collect();
            let address = if kind.data { format!("data.{}", kind.name) } else { kind.name.to_owned() };
            writeln!(page, "| {} | {} |", code_cell(&address), all.join(", ")).unwrap();
        }
    }
    page
}
