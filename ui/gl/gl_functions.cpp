// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/gl/gl_functions.h"

#include <type_traits>

namespace keel::ui {

bool GlFunctions::load(const Loader& address_of) {
  bool complete = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(address_of(name));
    complete = complete && function != nullptr;
  };
  find(glActiveTexture, "glActiveTexture");
  find(glAttachShader, "glAttachShader");
  find(glBindTexture, "glBindTexture");
  find(glBindVertexArray, "glBindVertexArray");
  find(glCompileShader, "glCompileShader");
  find(glCreateProgram, "glCreateProgram");
  find(glCreateShader, "glCreateShader");
  find(glDeleteProgram, "glDeleteProgram");
  find(glDeleteShader, "glDeleteShader");
  find(glDeleteTextures, "glDeleteTextures");
  find(glDeleteVertexArrays, "glDeleteVertexArrays");
  find(glDisable, "glDisable");
  find(glDrawArrays, "glDrawArrays");
  find(glGenTextures, "glGenTextures");
  find(glGenVertexArrays, "glGenVertexArrays");
  find(glGetProgramiv, "glGetProgramiv");
  find(glGetString, "glGetString");
  find(glGetTexImage, "glGetTexImage");
  find(glGetTexLevelParameteriv, "glGetTexLevelParameteriv");
  find(glGetUniformLocation, "glGetUniformLocation");
  find(glLinkProgram, "glLinkProgram");
  find(glPixelStorei, "glPixelStorei");
  find(glShaderSource, "glShaderSource");
  find(glTexImage2D, "glTexImage2D");
  find(glTexParameteri, "glTexParameteri");
  find(glTexSubImage2D, "glTexSubImage2D");
  find(glUniform1f, "glUniform1f");
  find(glUniform1i, "glUniform1i");
  find(glUniform2f, "glUniform2f");
  find(glUniform2fv, "glUniform2fv");
  find(glUniform3f, "glUniform3f");
  find(glUniformMatrix3fv, "glUniformMatrix3fv");
  find(glUseProgram, "glUseProgram");
  find(glViewport, "glViewport");
  return complete;
}

}  // namespace keel::ui
