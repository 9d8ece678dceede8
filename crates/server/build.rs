//! Says which folder of built console files becomes part of the program: `WEB_DIST`, else `web/dist`, else a page that says
//! how to build it. Never runs a web build itself: `cargo build` must work without Node.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

const PAGE: &str = "<!doctype html>
<html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>贺兰 Helan</title>
<h1>控制台尚未构建 · The console is not built</h1>
<p>服务器正在运行，但此程序不含控制台文件。请运行 <code>./dev run</code>，或先构建 <code>web/</code> 再编译。</p>
<p>The server runs, but this program was built without the console. Use <code>./dev run</code>, or build
<code>web/</code> first (<code>cd web &amp;&amp; npm ci &amp;&amp; npm run build</code>) and compile again.</p>
</html>
";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    println!("cargo::rerun-if-env-changed=WEB_DIST");
    let named = env::var("WEB_DIST").ok().filter(|path| !path.is_empty()).map(PathBuf::from);
    let built = root.join("../../web/dist");
    let folder = match named {
        Some(folder) => folder,
        None if built.join("index.html").is_file() => built.clone(),
        None => stub()?,
    };
    // The folder may appear later: its parent is watched, too.
    println!("cargo::rerun-if-changed={}", built.display());
    println!("cargo::rerun-if-changed={}", folder.display());
    let folder = folder.canonicalize()?;
    println!("cargo::rustc-env=HELAN_WEB_DIST={}", folder.display());
    Ok(())
}

fn stub() -> io::Result<PathBuf> {
    let folder = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("web");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("index.html"), PAGE)?;
    Ok(folder)
}
