//! The engine library: one `dlopen`, two symbols, one call that runs until the engine stops.
//!
//! The only file of the workspace with `unsafe`. Nothing else knows that ClickHouse comes as a library.
//! Never call [`Library::run`] in a process that forks afterwards, nor twice in one process.
#![expect(unsafe_code, reason = "calling a C library, and leaving without its destructors")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::ptr;

use libloading::os::unix::{Library as Handle, RTLD_LAZY, RTLD_LOCAL};

/// `chdb_result *chdb_query_cmdline(int argc, char **argv)`: `clickhouse local` with these arguments.
type QueryCmdline = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;
/// `const char *chdb_result_error(chdb_result *)`: null when all went well.
type ResultError = unsafe extern "C" fn(*mut c_void) -> *const c_char;

/// The loaded engine library. Never unloaded: its threads outlive every scope.
pub(crate) struct Library {
    _handle: ManuallyDrop<Handle>,
    query_cmdline: QueryCmdline,
    result_error: ResultError,
}

impl Library {
    /// Loads the library and looks its two symbols up.
    pub(crate) fn load(path: &Path) -> Result<Self, libloading::Error> {
        // SAFETY: the library's initialisers start no threads and touch nothing of ours. The signatures
        // are those of its header (chdb.h), and the handle is never closed, so the pointers stay valid.
        unsafe {
            let handle = ManuallyDrop::new(Handle::open(Some(path), RTLD_LAZY | RTLD_LOCAL)?);
            let query_cmdline = *handle.get::<QueryCmdline>(c"chdb_query_cmdline")?;
            let result_error = *handle.get::<ResultError>(c"chdb_result_error")?;
            Ok(Self { _handle: handle, query_cmdline, result_error })
        }
    }

    /// Runs the engine until it stops; `Err` holds its own message.
    pub(crate) fn run(&self, arguments: &[CString]) -> Result<(), String> {
        let mut argv: Vec<*mut c_char> = arguments.iter().map(|a| a.as_ptr().cast_mut()).collect();
        argv.push(ptr::null_mut());
        let argc = c_int::try_from(arguments.len()).map_err(|error| error.to_string())?;
        // SAFETY: argv is null-terminated and, with its strings, outlives the call; the engine copies the
        // arguments and does not write to them. The result is never freed: the process ends right after.
        let message = unsafe {
            let result = (self.query_cmdline)(argc, argv.as_mut_ptr());
            if result.is_null() { ptr::null() } else { (self.result_error)(result) }
        };
        if message.is_null() {
            return Ok(());
        }
        // SAFETY: not null, and a C string that lives as long as the result, which is never freed.
        Err(unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned())
    }
}

/// Ends the process at once, without `atexit` handlers: the engine is already shut down (or hung), and its
/// twenty thousand static destructors would run beside its live threads.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { nix::libc::_exit(code) }
}
