// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <GL/glcorearb.h>

#include <functional>

namespace keel::ui {

/// The calls of OpenGL 3.3 that show a picture, found through whoever made the context: the window's toolkit, or EGL where there is no window. To be used
/// with that context only.
struct GlFunctions {
  /// Address of a function by its name; null where it is not there.
  using Loader = std::function<void (*(const char* name))()>;
  /// False where a function is missing.
  [[nodiscard]] bool load(const Loader& address_of);

  // Of version 1.1 without the header's names for their types: behind a toolkit's headers it has none.
  PFNGLACTIVETEXTUREPROC glActiveTexture = nullptr;
  PFNGLATTACHSHADERPROC glAttachShader = nullptr;
  void(APIENTRY* glBindTexture)(GLenum target, GLuint texture) = nullptr;
  PFNGLBINDVERTEXARRAYPROC glBindVertexArray = nullptr;
  PFNGLCOMPILESHADERPROC glCompileShader = nullptr;
  PFNGLCREATEPROGRAMPROC glCreateProgram = nullptr;
  PFNGLCREATESHADERPROC glCreateShader = nullptr;
  PFNGLDELETEPROGRAMPROC glDeleteProgram = nullptr;
  PFNGLDELETESHADERPROC glDeleteShader = nullptr;
  void(APIENTRY* glDeleteTextures)(GLsizei n, const GLuint* textures) = nullptr;
  PFNGLDELETEVERTEXARRAYSPROC glDeleteVertexArrays = nullptr;
  PFNGLDISABLEPROC glDisable = nullptr;
  void(APIENTRY* glDrawArrays)(GLenum mode, GLint first, GLsizei count) = nullptr;
  void(APIENTRY* glGenTextures)(GLsizei n, GLuint* textures) = nullptr;
  PFNGLGENVERTEXARRAYSPROC glGenVertexArrays = nullptr;
  PFNGLGETPROGRAMIVPROC glGetProgramiv = nullptr;
  PFNGLGETSTRINGPROC glGetString = nullptr;
  PFNGLGETTEXIMAGEPROC glGetTexImage = nullptr;
  PFNGLGETTEXLEVELPARAMETERIVPROC glGetTexLevelParameteriv = nullptr;
  PFNGLGETUNIFORMLOCATIONPROC glGetUniformLocation = nullptr;
  PFNGLLINKPROGRAMPROC glLinkProgram = nullptr;
  PFNGLPIXELSTOREIPROC glPixelStorei = nullptr;
  PFNGLSHADERSOURCEPROC glShaderSource = nullptr;
  PFNGLTEXIMAGE2DPROC glTexImage2D = nullptr;
  PFNGLTEXPARAMETERIPROC glTexParameteri = nullptr;
  void(APIENTRY* glTexSubImage2D)(GLenum target, GLint level, GLint x, GLint y, GLsizei width, GLsizei height, GLenum format, GLenum type, const void* pixels) = nullptr;
  PFNGLUNIFORM1FPROC glUniform1f = nullptr;
  PFNGLUNIFORM1IPROC glUniform1i = nullptr;
  PFNGLUNIFORM2FPROC glUniform2f = nullptr;
  PFNGLUNIFORM2FVPROC glUniform2fv = nullptr;
  PFNGLUNIFORM3FPROC glUniform3f = nullptr;
  PFNGLUNIFORMMATRIX3FVPROC glUniformMatrix3fv = nullptr;
  PFNGLUSEPROGRAMPROC glUseProgram = nullptr;
  PFNGLVIEWPORTPROC glViewport = nullptr;
};

}  // namespace keel::ui
