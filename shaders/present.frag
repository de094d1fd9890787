#version 330 core
// SPDX-License-Identifier: GPL-3.0-or-later
// Planes and one 3x3 in, picture out. Positions are pixels with centres at integers, y down, as everywhere in Keel.

uniform sampler2D plane0;
uniform sampler2D plane1;
uniform sampler2D plane2;
uniform float sample_gain;      // texel -> stored value / (2^depth - 1)
uniform bool has_chroma;
uniform mat3 rgb_from_planes;
uniform vec3 plane_offset;
uniform vec2 chroma_scale;
uniform vec2 chroma_shift;

uniform mat3 src_from_dst;
uniform vec2 picture_origin;    // top-left corner on the target, in target pixels from the top
uniform vec2 dst_per_target;    // destination pixels per target pixel
uniform float target_height;
uniform int taps;               // 1: bicubic, as the export samples; n > 1: n x n bilinear samples per target pixel (reduction)

out vec4 color;

// Catmull-Rom weights (a = -0.5) of the four neighbours at distance 1 + t, t, 1 - t, 2 - t.
vec4 cubic_weights(float t) {
  float t2 = t * t, t3 = t2 * t;
  return vec4(-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2);
}

float bicubic(sampler2D plane, vec2 p) {
  ivec2 last = textureSize(plane, 0) - 1;
  // Beyond the clamped border everything is the same; the limit keeps the conversion to int defined.
  p = clamp(p, vec2(-4.0), vec2(last) + 4.0);
  vec2 base = floor(p);
  vec4 wx = cubic_weights(p.x - base.x), wy = cubic_weights(p.y - base.y);
  ivec2 origin = ivec2(base) - 1;
  float sum = 0.0;
  for (int j = 0; j < 4; ++j) {
    int y = clamp(origin.y + j, 0, last.y);
    vec4 row = vec4(texelFetch(plane, ivec2(clamp(origin.x, 0, last.x), y), 0).r, texelFetch(plane, ivec2(clamp(origin.x + 1, 0, last.x), y), 0).r,
                    texelFetch(plane, ivec2(clamp(origin.x + 2, 0, last.x), y), 0).r, texelFetch(plane, ivec2(clamp(origin.x + 3, 0, last.x), y), 0).r);
    sum += wy[j] * dot(wx, row);
  }
  return clamp(sum, 0.0, 1.0 / sample_gain);  // as the export: to what the bit depth can hold
}

float bilinear(sampler2D plane, vec2 p) { return texture(plane, (p + 0.5) / vec2(textureSize(plane, 0))).r; }

vec3 planes_at(vec2 dst) {
  vec3 h = src_from_dst * vec3(dst, 1.0);
  vec2 p = h.xy / h.z;
  vec2 c = p * chroma_scale + chroma_shift;
  if (taps == 1) {
    float first = bicubic(plane0, p);
    return has_chroma ? vec3(first, bicubic(plane1, c), bicubic(plane2, c)) : vec3(first);
  }
  float first = bilinear(plane0, p);
  return has_chroma ? vec3(first, bilinear(plane1, c), bilinear(plane2, c)) : vec3(first);
}

void main() {
  vec2 target = vec2(gl_FragCoord.x, target_height - gl_FragCoord.y) - picture_origin;
  vec3 sum = vec3(0.0);
  float inverse = 1.0 / float(taps);
  for (int j = 0; j < taps; ++j)
    for (int i = 0; i < taps; ++i) {
      vec2 inside = (vec2(float(i), float(j)) + 0.5) * inverse - 0.5;
      sum += planes_at((target + inside) * dst_per_target - 0.5);
    }
  vec3 samples = sum * (inverse * inverse * sample_gain);
  color = vec4(clamp(rgb_from_planes * (samples - plane_offset), 0.0, 1.0), 1.0);
}
