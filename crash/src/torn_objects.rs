//! What a MinIO that was killed leaves of objects that it was just writing or removing.
//!
//! It puts the bytes of an object in place first, and then writes down that they belong to it. Killed
//! in between, it never takes the bytes away again. They are no object, but it lists each of its
//! folders as a prefix of keys: every program then sees a directory in which nothing is, and which
//! nobody can remove. That is not what is looked for here, so it goes before the next start.

use std::fs;
use std::io;
use std::path::Path;

/// Says in the folder of an object which bytes are its own.
const RECORD: &str = "xl.meta";

/// Removes what belongs to no object from the data of a MinIO that does not run.
pub(crate) fn remove_torn_objects(data: &Path) -> io::Result<()> {
    for bucket in folders_in(data)? {
        // Its own.
        if !bucket.starts_with('.') {
            remove_torn_below(&data.join(bucket))?;
        }
    }
    Ok(())
}

fn remove_torn_below(folder: &Path) -> io::Result<()> {
    let record = match fs::read(folder.join(RECORD)) {
        Ok(record) => record,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    for name in folders_in(folder)? {
        let inside = folder.join(&name);
        match id_of_bytes(&name) {
            Some(id) if record.windows(id.len()).any(|some| some == id) => {}
            Some(_) => fs::remove_dir_all(inside)?,
            None => {
                remove_torn_below(&inside)?;
                if fs::read_dir(&inside)?.next().is_none() {
                    fs::remove_dir(inside)?;
                }
            }
        }
    }
    Ok(())
}

/// The folder of the bytes of an object has a UUID as its name, and the record has it as 16 bytes.
fn id_of_bytes(name: &str) -> Option<[u8; 16]> {
    let hyphens = name.match_indices('-').map(|(at, _)| at);
    let digits = name.replace('-', "");
    if digits.len() != 32 || !hyphens.eq([8, 13, 18, 23]) {
        return None;
    }
    let id = u128::from_str_radix(&digits, 16).ok()?;
    Some(id.to_be_bytes())
}

fn folders_in(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(entry.file_name().into_string());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_no_object_go_with_the_folders_that_they_are_in() {
        let data = tempfile::tempdir().unwrap();
        let id = "0a9283df-2110-4351-94d0-3c36fcd6156c";
        let bytes = id_of_bytes(id).unwrap();
        assert_eq!(bytes[..2], [0x0a, 0x92]);
        let at = |path: &str| data.path().join(path);
        for folder in ["store/torn/f", "store/whole/f", "store/torn again/f"] {
            fs::create_dir_all(at(folder).join(id)).unwrap();
            fs::write(at(folder).join(id).join("part.1"), "bytes").unwrap();
        }
        fs::write(at("store/whole/f/xl.meta"), [&b"XL2 "[..], &bytes].concat()).unwrap();
        fs::write(at("store/torn again/f/xl.meta"), "XL2 of other bytes").unwrap();
        fs::create_dir_all(at(".minio.sys/tmp")).unwrap();
        remove_torn_objects(data.path()).unwrap();
        let is_there = |path: &str| at(path).try_exists().unwrap();
        assert!(!is_there("store/torn"));
        assert!(is_there(
            "store/whole/f/0a9283df-2110-4351-94d0-3c36fcd6156c/part.1"
        ));
        assert!(is_there("store/torn again/f/xl.meta"));
        assert!(!is_there(&format!("store/torn again/f/{id}")));
        assert!(is_there(".minio.sys/tmp"));
    }
}
