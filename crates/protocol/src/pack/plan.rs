//! Packs of plans: rules of the response level, options and lines of plans, one TOML file each (`packs/plans/*.toml`).

use std::path::{Path, PathBuf};

use helan_plan::{Library, PlanPack};

use super::PackError;

/// Folder of the packs of plans, within the folder of packs.
pub const FOLDER: &str = "plans";

/// Reads one pack of plans. What it says is checked by [`Library::new`] together with the others.
///
/// # Errors
/// When the text is no pack of plans; the error names the place.
pub fn parse(text: &str) -> Result<PlanPack, PackError> {
    Ok(toml::from_str(text)?)
}

/// Reads all packs of plans of a folder of packs, in order of the file names, and checks them together. Without such a folder nothing
/// is known of plans.
///
/// # Errors
/// When a file cannot be read or is no pack of plans, or they are wrong together: then nothing may be planned with them.
pub fn load(packs: &Path) -> Result<Library, PackError> {
    let folder = packs.join(FOLDER);
    let file_error = |source| PackError::File { path: folder.clone(), source };
    let mut paths: Vec<PathBuf> = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && packs.is_dir() => {
            return Ok(Library::default());
        }
        entries => entries.map_err(file_error)?,
    };
    for entry in entries {
        let path = entry.map_err(file_error)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let packs = paths.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    Library::new(packs).map_err(|error| PackError::Value { place: error.place, why: error.why })
}

fn read(path: &Path) -> Result<PlanPack, PackError> {
    let text = super::read_text(path)?;
    parse(&text).map_err(|error| PackError::In { path: path.to_owned(), error: Box::new(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_without_plans_are_no_error() {
        let folder = tempfile::tempdir().expect("folder");
        assert_eq!(load(folder.path()).expect("library"), Library::default());
    }

    #[test]
    fn the_packs_of_plans_of_the_project_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let library = load(&folder).unwrap();
        let keys: Vec<&str> = library.packs().iter().map(|pack| pack.plan.key.as_str()).collect();
        assert_eq!(keys.first(), Some(&"general"), "those for every kind come first");
        for key in ["gas-release", "gas-explosion", "flash-flood", "wildfire", "earthquake"] {
            assert!(keys.contains(&key), "{key}");
        }
    }

    #[test]
    fn a_wrong_pack_of_plans_names_the_place() {
        let head = "[plan]\nkey='p'\nversion=1\nname={zh='',en=''}\nkinds=['*']\nauthor='a'\nsigned_by='b'\n";
        let check = |text: &str, expected: &str| {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("", "missing field `plan`");
        check(&format!("{head}colour='red'"), "unknown field `colour`");
        let rule = "[[level]]\nkey='r'\nlevel='I'\nclause='c'\ntext={zh='',en=''}\n";
        check(&format!("{head}{rule}when='harm.deaf > 1'"), "there is no fact `harm.deaf`");
        check(
            &format!("{head}{}when='wind.stale'", rule.replace("'I'", "'V'")),
            "unknown variant `V`",
        );
        let line = "[[line]]\nid='l'\nsection='protect'\nwho={zh='',en=''}\n";
        check(&format!("{head}{line}text={{zh='{{',en=''}}"), "`}` is missing");
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(FOLDER)).unwrap();
        let error = load(folder.path()).unwrap_err().to_string();
        assert!(error.contains("protects people"), "{error}");
        let error = load(&folder.path().join("nowhere")).unwrap_err();
        assert!(matches!(error, PackError::File { .. }), "{error}");
    }
}
