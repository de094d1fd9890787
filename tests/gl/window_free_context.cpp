// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/gl/window_free_context.h"

#include <EGL/eglext.h>

#include <array>
#include <cstring>

namespace keel::ui::test {
namespace {

template <class Function>
Function found(const char* name) {
  return reinterpret_cast<Function>(eglGetProcAddress(name));
}

bool lists(const char* extensions, const char* extension) { return extensions != nullptr && std::strstr(extensions, extension) != nullptr; }

/// The display of the GPU that CUDA calls number 0.
EGLDisplay display_of_cuda() {
  const auto query_devices = found<PFNEGLQUERYDEVICESEXTPROC>("eglQueryDevicesEXT");
  const auto query_string = found<PFNEGLQUERYDEVICESTRINGEXTPROC>("eglQueryDeviceStringEXT");
  const auto query_attribute = found<PFNEGLQUERYDEVICEATTRIBEXTPROC>("eglQueryDeviceAttribEXT");
  const auto display_on = found<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  if (!query_devices || !query_string || !query_attribute || !display_on) return EGL_NO_DISPLAY;
  std::array<EGLDeviceEXT, 16> devices{};
  EGLint count = 0;
  if (!query_devices(static_cast<EGLint>(devices.size()), devices.data(), &count)) return EGL_NO_DISPLAY;
  for (EGLint i = 0; i < count; ++i) {
    EGLDeviceEXT device = devices[static_cast<std::size_t>(i)];
    EGLAttrib number = -1;
    if (lists(query_string(device, EGL_EXTENSIONS), "EGL_NV_device_cuda") && query_attribute(device, EGL_CUDA_DEVICE_NV, &number) && number == 0)
      return display_on(EGL_PLATFORM_DEVICE_EXT, device, nullptr);
  }
  return EGL_NO_DISPLAY;
}

EGLDisplay any_display() {
  const auto display_on = found<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  if (display_on && lists(eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS), "EGL_MESA_platform_surfaceless"))
    return display_on(EGL_PLATFORM_SURFACELESS_MESA, nullptr, nullptr);
  return eglGetDisplay(EGL_DEFAULT_DISPLAY);
}

}  // namespace

std::unique_ptr<WindowFreeContext> WindowFreeContext::make(Device device, Size target, std::string& why) {
  std::unique_ptr<WindowFreeContext> made(new WindowFreeContext);
  made->target_ = target;
  made->display_ = device == Device::kOfCuda ? display_of_cuda() : any_display();
  const auto failed = [&](const char* reason) {
    why = reason;
    return nullptr;
  };
  if (made->display_ == EGL_NO_DISPLAY) return failed(device == Device::kOfCuda ? "EGL knows no device of CUDA: the driver's OpenGL part is not installed" : "EGL has no display");
  if (!eglInitialize(made->display_, nullptr, nullptr)) return failed("EGL does not start");
  if (!eglBindAPI(EGL_OPENGL_API)) return failed("EGL does not offer OpenGL");
  const std::array<EGLint, 5> wanted{EGL_SURFACE_TYPE, EGL_DONT_CARE, EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (!eglChooseConfig(made->display_, wanted.data(), &config, 1, &count) || count == 0) return failed("EGL has no configuration for OpenGL");
  const std::array<EGLint, 7> version{EGL_CONTEXT_MAJOR_VERSION, 3, EGL_CONTEXT_MINOR_VERSION, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
  made->context_ = eglCreateContext(made->display_, config, EGL_NO_CONTEXT, version.data());
  if (made->context_ == EGL_NO_CONTEXT) return failed("the driver has no OpenGL 3.3");
  if (!eglMakeCurrent(made->display_, EGL_NO_SURFACE, EGL_NO_SURFACE, made->context_)) return failed("the driver wants a surface");
  if (!made->gl_.load([](const char* name) { return eglGetProcAddress(name); })) return failed("a function of OpenGL 3.3 is missing");
  return made->make_target(why) ? std::move(made) : nullptr;
}

bool WindowFreeContext::make_target(std::string& why) {
  GLuint texture = 0, framebuffer = 0;
  gl_.glGenTextures(1, &texture);
  gl_.glBindTexture(GL_TEXTURE_2D, texture);
  gl_.glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, target_.width, target_.height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  found<PFNGLGENFRAMEBUFFERSPROC>("glGenFramebuffers")(1, &framebuffer);
  found<PFNGLBINDFRAMEBUFFERPROC>("glBindFramebuffer")(GL_FRAMEBUFFER, framebuffer);
  found<PFNGLFRAMEBUFFERTEXTURE2DPROC>("glFramebufferTexture2D")(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture, 0);
  if (found<PFNGLCHECKFRAMEBUFFERSTATUSPROC>("glCheckFramebufferStatus")(GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE) return true;
  why = "the driver does not draw on 8 bits a channel";
  return false;
}

WindowFreeContext::~WindowFreeContext() {
  if (display_ == EGL_NO_DISPLAY) return;
  eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  if (context_ != EGL_NO_CONTEXT) eglDestroyContext(display_, context_);
  eglTerminate(display_);
}

std::string WindowFreeContext::renderer() const {
  const auto* name = reinterpret_cast<const char*>(gl_.glGetString(GL_RENDERER));
  return name != nullptr ? name : "";
}

void WindowFreeContext::clear() {
  found<PFNGLCLEARCOLORPROC>("glClearColor")(0, 0, 0, 1);
  found<PFNGLCLEARPROC>("glClear")(GL_COLOR_BUFFER_BIT);
}

std::vector<Rgb> WindowFreeContext::read() const {
  const auto width = static_cast<std::size_t>(target_.width), height = static_cast<std::size_t>(target_.height);
  std::vector<unsigned char> bytes(width * height * 4);
  found<PFNGLREADPIXELSPROC>("glReadPixels")(0, 0, target_.width, target_.height, GL_RGBA, GL_UNSIGNED_BYTE, bytes.data());
  std::vector<Rgb> pixels;
  for (std::size_t y = height; y-- > 0;)
    for (std::size_t x = 0; x < width; ++x) {
      const unsigned char* p = bytes.data() + (y * width + x) * 4;
      pixels.push_back({p[0], p[1], p[2]});
    }
  return pixels;
}

unsigned WindowFreeContext::error() const { return found<PFNGLGETERRORPROC>("glGetError")(); }

}  // namespace keel::ui::test
