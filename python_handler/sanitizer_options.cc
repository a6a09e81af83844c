// In a build with the address sanitizer: CPython keeps much until its process ends, which is no leak of ours.
#ifdef __SANITIZE_ADDRESS__
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}
#endif
